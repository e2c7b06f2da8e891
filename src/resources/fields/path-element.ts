/**
 * One step of the way to a field, as `managedFields` write it: `f:spec` (a field or a key of a map), `k:{"name":"app"}` (the
 * element of a list that has these keys), `v:"a"` (the element of a set), `i:0` (a place in a list). The text is the step:
 * two steps are the same where their texts are, so each has one text only, with its keys in order.
 */
import { remember } from "../../outside/index.ts";
import { isMap, type Json } from "../json.ts";
import { compareTexts, escapedForHtml } from "./go-json.ts";

/** A field of an object, or a key of a map. */
// The same few steps are made at each write; as keys of objects they are quicker where they are the same strings.
export const fieldElement = remember(name => `f:${name}`, 10_000);

/** The element of a list that is told by these keys. */
export function keyElement(keys: Readonly<Record<string, Json>>): string {
  return keyElementOf(JSON.stringify(keys));
}

const keyElementOf = remember(text => {
  const keys = JSON.parse(text) as Readonly<Record<string, Json>>;
  const pairs = Object.keys(keys)
    .sort(compareTexts)
    .map(name => `${JSON.stringify(name)}:${escapedForHtml(JSON.stringify(keys[name] ?? null))}`);
  return `k:{${pairs.join(",")}}`;
}, 10_000);

/** The element of a set of plain values. */
export function valueElement(value: Json): string {
  return `v:${escapedForHtml(JSON.stringify(value))}`;
}

/** The name of the field, where the step is one. */
export function fieldNameOf(element: string): string | undefined {
  return element.startsWith("f:") ? element.slice(2) : undefined;
}

/**
 * The one text of a step that came from outside; undefined where it is of a type that is not known, which is not kept.
 * Throws SyntaxError for what is none.
 */
export function canonicalElement(text: string): string | undefined {
  if (text.length < 2) throw new SyntaxError("key must be 2 characters long:");
  if (text[1] !== ":") throw new SyntaxError(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case "f":
      return text;
    case "k": {
      const keys: unknown = JSON.parse(content);
      if (!isMap(keys)) throw new SyntaxError(`not a map of keys: ${text}`);
      return keyElement(keys as Readonly<Record<string, Json>>);
    }
    case "v":
      return valueElement(JSON.parse(content) as Json);
    case "i":
      if (!/^[+-]?\d+$/.test(content)) throw new SyntaxError(`not a place in a list: ${text}`);
      return `i:${Number(content)}`;
    default:
      return undefined;
  }
}

/** The order in which Kubernetes writes them: fields by name, then keys, values and places. */
export function compareElements(one: string, other: string): number {
  if (one[0] !== other[0]) return typeOrder.indexOf(one[0] ?? "") - typeOrder.indexOf(other[0] ?? "");
  switch (one[0]) {
    case "k":
      // Nearly all are one key whose value is a plain text.
      if (oneTextKey.test(one) && oneTextKey.test(other))
        return compareTexts(one.slice(0, -2), other.slice(0, -2));
      return compareKeys(contentOf(one), contentOf(other));
    case "v":
      return compareValues(contentOf(one), contentOf(other));
    case "i":
      return Number(one.slice(2)) - Number(other.slice(2));
    default:
      return compareTexts(one, other);
  }
}

const typeOrder = "fkvi";
const oneTextKey = /^k:\{"\w+":"[^"\\]*"\}$/;

/** The step as errors tell it: `.spec`, `[name="app"]`, `[="a"]`, `[0]`. */
export function elementText(element: string): string {
  const content = element.slice(2);
  switch (element[0]) {
    case "k": {
      const pairs = Object.entries(contentOf(element) as Readonly<Record<string, Json>>);
      return `[${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
    }
    case "v":
      return `[=${JSON.stringify(contentOf(element))}]`;
    case "i":
      return `[${content}]`;
    default:
      return `.${content}`;
  }
}

function contentOf(element: string): Json {
  return JSON.parse(element.slice(2)) as Json;
}

function compareKeys(one: Json, other: Json): number {
  const [left, right] = [one, other].map(keys => Object.entries(keys as Readonly<Record<string, Json>>));
  for (let i = 0; ; i++) {
    const [a, b] = [left?.[i], right?.[i]];
    if (!a || !b) return (left?.length ?? 0) - (right?.length ?? 0);
    const order = compareTexts(a[0], b[0]) || compareValues(a[1], b[1]);
    if (order !== 0) return order;
  }
}

/** Numbers come before texts, these before booleans, then the rest. */
function compareValues(one: Json, other: Json): number {
  const rank = valueOrder.indexOf(typeOf(one)) - valueOrder.indexOf(typeOf(other));
  if (rank !== 0) return rank;
  if (typeof one === "string" || typeof other === "string") return compareTexts(String(one), String(other));
  if (typeof one === "object") return compareTexts(JSON.stringify(one), JSON.stringify(other));
  return Number(one) - Number(other);
}

const valueOrder = ["number", "string", "boolean", "list", "object", "null"];

function typeOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

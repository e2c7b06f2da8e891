/**
 * Whether a value is plain data, such as JSON can say: what programs hand in as objects, patches and manifests. Anything else
 * would be dropped in silence (a Map is an object without keys), or fail somewhere inside. The value is hostile: it may have no
 * end, and reading a field of it may throw.
 */
import { thrownMessage } from "./thrown-text.ts";

/** No object of Kubernetes nests half as deep. */
const maxDepth = 100;
const deep = `nests deeper than ${maxDepth} levels`;
/** Characters of all texts and keys; as much as Kubernetes takes in one request. */
const maxLength = 3 * 1024 * 1024;
/** More are not told. */
const most = 10;

/** What of a value JSON could not say, each with its path. What is undefined in an object is left out, as JSON does. */
export function notPlain(value: unknown, path: string): string[] {
  const reading: Reading = { problems: [], above: new Set(), length: 0 };
  try {
    look(value, path, reading);
  } catch (error) {
    reading.problems.push(`${path} cannot be read: ${thrownMessage(error)}`);
  }
  return reading.problems;
}

interface Reading {
  readonly problems: string[];
  /** The objects that the value stands in. */
  readonly above: Set<object>;
  length: number;
}

function look(value: unknown, path: string, reading: Reading): void {
  const { problems, above } = reading;
  if (problems.length >= most || reading.length > maxLength) return;
  const told = typeof value === "string" ? textFault(value, reading) : fault(value, above);
  if (told !== undefined) {
    problems.push(`${told === deep ? `${path.slice(0, 40)}…` : path} ${told}`);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  above.add(value);
  if (Array.isArray(value)) {
    if (value.length > maxLength)
      problems.push(`${path} is a list of ${value.length} items, which is too many`);
    else
      for (let i = 0; i < value.length && problems.length < most; i++)
        look(value[i] ?? itemOf(value, i), `${path}[${i}]`, reading);
  } else {
    for (const key of Object.keys(value)) lookAtField(value, key, path, reading);
  }
  above.delete(value);
}

function lookAtField(value: object, key: string, path: string, reading: Reading): void {
  const at = /^[\w-]+$/.test(key) ? `${path}.${key}` : `${path}[${short(key)}]`;
  const told = key === "__proto__" ? "is a name that no field may have" : textFault(key, reading);
  if (told !== undefined) reading.problems.push(`${at} ${told}`);
  let inner: unknown;
  try {
    inner = value[key as keyof typeof value];
  } catch (error) {
    reading.problems.push(`${at} cannot be read: ${thrownMessage(error)}`);
    return;
  }
  if (inner !== undefined && told === undefined) look(inner, at, reading);
}

/** A place of a list that is empty is no value at all; one that is null is one. */
function itemOf(values: readonly unknown[], i: number): unknown {
  return values[i] === null ? null : missing;
}

const missing = Symbol("nothing");

function fault(value: unknown, above: ReadonlySet<object>): string | undefined {
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}, which is no number of JSON`;
    case "bigint":
      return "is a BigInt: write a number, or text";
    case "object":
      return value === null ? undefined : objectFault(value, above);
    default:
      return value === missing || value === undefined
        ? "is undefined: leave the item out, or fill it in"
        : `is a ${typeof value}, and no data`;
  }
}

function objectFault(value: object, above: ReadonlySet<object>): string | undefined {
  if (above.has(value)) return "is an object that it stands in itself, so it has no end";
  if (above.size >= maxDepth) return deep;
  if (Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // One of another realm has an Object.prototype of its own.
  if (prototype === null || prototype === Object.prototype) return undefined;
  const isOfOtherRealm =
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty");
  if (isOfOtherRealm) return undefined;
  const { name } = (value.constructor ?? {}) as { name?: unknown };
  return `is a ${typeof name === "string" && name !== "" ? name : "value with a class of its own"}: write it as plain data`;
}

function textFault(text: string, reading: Reading): string | undefined {
  reading.length += text.length;
  if (reading.length > maxLength)
    return `has more text than the ${maxLength} characters that one call may bring`;
  return half.test(text) ? "has half a character in it, which no text can keep" : undefined;
}

/** One of the two places that a character beyond the first 65,536 takes in a string, without the other. */
const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function short(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
}

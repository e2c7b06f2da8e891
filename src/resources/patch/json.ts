/**
 * JSON values, as patches see objects: what may stand in one, and how a changed one shares all that did not change with the
 * one before.
 */
import { ApiError } from "../../errors/index.ts";
import { isList, isMap, type Json, type JsonMap, valueAt } from "../json.ts";

/** No object of Kubernetes nests half as deep; the recursion over values is bounded by it. */
export const maxDepth = 100;

function presentKeys(map: JsonMap): string[] {
  return Object.keys(map).filter(key => map[key] !== undefined);
}

/** `after`, made of the parts of `before` wherever the two are equal: `before` itself where nothing changed. */
export function sharing<T extends Json>(before: Json | undefined, after: T): T {
  if (before === undefined || before === after) return after;
  if (isList(before) && isList(after)) {
    const items = after.map((item, i) => sharing(before[i], item));
    const isSame = items.length === before.length && items.every((item, i) => item === before[i]);
    return (isSame ? before : items) as Json as T;
  }
  if (isMap(before) && isMap(after)) {
    const result: Record<string, Json> = {};
    let isSame = presentKeys(before).length === presentKeys(after).length;
    for (const [key, value] of Object.entries(after)) {
      if (value === undefined) continue;
      result[key] = sharing(valueAt(before, key), value);
      if (result[key] !== valueAt(before, key)) isSame = false;
    }
    return (isSame ? before : result) as Json as T;
  }
  return after;
}

/** How much a value holds: how deep it nests, and about how many characters it takes as text. */
export function measure(value: Json | undefined): { depth: number; size: number } {
  if (typeof value === "string") return { depth: 0, size: value.length + 2 };
  if (typeof value !== "object" || value === null) return { depth: 0, size: 4 };
  let depth = 0;
  let size = 2;
  for (const [key, item] of Object.entries(value)) {
    const inner = measure(item);
    depth = Math.max(depth, inner.depth);
    size += inner.size + (isMap(value) ? key.length + 3 : 0);
  }
  return { depth: depth + 1, size };
}

/**
 * The value itself, once it is known to be JSON that is safe to walk: not too deep, no circle, nothing that JSON lacks,
 * and no key `__proto__`, which would set the prototype of a careless copy.
 * @param what names it in the error, "the merge patch"
 */
export function asJson(value: unknown, what: string, depth = 0): Json {
  if (depth > maxDepth) {
    throw new ApiError("BadRequest", `${what} nests deeper than ${maxDepth} levels`);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) {
    for (const item of value) asJson(item, what, depth + 1);
    return value;
  }
  if (typeof value === "object" && isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key === "__proto__") throw new ApiError("BadRequest", `${what} may not have a key "__proto__"`);
      if (item !== undefined) asJson(item, what, depth + 1);
    }
    return value as JsonMap;
  }
  throw new ApiError("BadRequest", `${what} has a value that JSON cannot hold: ${describe(value)}`);
}

/** The same, for what has to be a JSON object. */
export function asJsonMap(value: unknown, what: string): JsonMap {
  const json = asJson(value, what);
  if (isMap(json)) return json;
  throw new ApiError("BadRequest", `${what} must be an object, not ${describe(json)}`);
}

/** What a value is, for error messages: "a list", "the number 5", "the text “x”". */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object")
    return isPlain(value) ? "an object" : `a ${value.constructor?.name ?? "value"}`;
  if (typeof value === "string")
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${value}`;
  return `a ${typeof value}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

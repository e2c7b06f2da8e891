/** What the tests of patches share: any JSON, frozen JSON, and what a recorded request looks like. */
import fc from "fast-check";
import type { Json, JsonMap } from "../json.ts";

const key = fc.oneof(fc.constantFrom("a", "b", "c", "constructor", "toString"), fc.string({ maxLength: 3 }));
const number = fc.integer({ min: -9, max: 9 }).map(n => n + 0);

/** Any JSON, with few keys, so that two values often meet; never `__proto__`, which is refused. */
export const { json, jsonMap } = fc.letrec<{ json: Json; jsonMap: JsonMap }>(tie => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, "", "x"),
    number,
    fc.array(tie("json"), { maxLength: 4 }),
    tie("jsonMap"),
  ),
  jsonMap: fc.dictionary(
    key.filter(name => name !== "__proto__" && !name.startsWith("$")),
    tie("json"),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

/** Frozen through and through, as objects of the store are. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: JsonMap;
}

export interface Recorded {
  readonly name: string;
  readonly about: string;
  readonly given: readonly Exchange[];
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: JsonMap };
}

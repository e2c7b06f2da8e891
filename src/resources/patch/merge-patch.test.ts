import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { isMap, type Json, type JsonMap } from "../json.ts";
import { frozen, jsonMap } from "./json.fixture.ts";
import { applyMergePatch } from "./merge-patch.ts";

describe("a merge patch", () => {
  // The table of RFC 7386, appendix A, as far as both sides are objects.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as [JsonMap, JsonMap, JsonMap][])("%j with %j is %j", (object, patch, result) => {
    expect(applyMergePatch(frozen(object), frozen(patch))).toEqual(result);
  });

  it("is the definition, for any object and patch", () => {
    fc.assert(
      fc.property(jsonMap, jsonMap, (object, patch) => {
        const result = applyMergePatch(frozen(object), frozen(patch));
        expect(result).toEqual(asInTheRfc(object, patch));
      }),
    );
  });

  it("gives back the very same object, and shares every part, where nothing changes", () => {
    const object = frozen({ metadata: { labels: { a: "1" } }, spec: { list: [1, { x: 2 }] } });
    expect(applyMergePatch(object, { spec: { list: [1, { x: 2 }] }, none: null })).toBe(object);
    const result = applyMergePatch(object, { metadata: { labels: { b: "2" } } });
    expect(result.spec).toBe(object.spec);
    fc.assert(fc.property(jsonMap, any => applyMergePatch(any, {}) === any));
  });

  it.each([
    ["text", '"text"'],
    ["a list", []],
    ["null", null],
    ["a date", { at: new Date(0) }],
    ["NaN", { n: Number.NaN }],
    ["__proto__", JSON.parse('{"a": {"__proto__": {"admin": true}}}')],
    ["a well", JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`)],
    ["a circle", circle()],
  ])("refuses %s", (_, patch) => {
    expect(() => applyMergePatch({ a: 1 }, patch)).toThrow(ApiError);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it("takes constructor and its like for ordinary keys", () => {
    expect(applyMergePatch({}, { constructor: { prototype: { x: 1 } } })).toEqual({
      constructor: { prototype: { x: 1 } },
    });
  });
});

/** MergePatch(Target, Patch), word by word. */
function asInTheRfc(target: Json | undefined, patch: Json | undefined): Json | undefined {
  if (!isMap(patch)) return patch;
  const result: Record<string, Json | undefined> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = asInTheRfc(Object.hasOwn(result, name) ? result[name] : undefined, value);
  }
  return result;
}

function circle(): object {
  const map: Record<string, unknown> = {};
  map.self = map;
  return map;
}

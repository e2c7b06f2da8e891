import fc from "fast-check";
import { expect, test } from "vitest";
import { isSame } from "../resources/index.ts";
import { deepFreeze, frozenCopy } from "./freeze.ts";
import { sharing } from "./sharing.ts";

/** What objects are made of. No -0, which JSON does not know. */
const json = fc
  .jsonValue({ noUnicodeString: false })
  .map(value => JSON.parse(JSON.stringify(value)) as unknown);
const jsonObject = fc.dictionary(fc.string(), json).map(value => JSON.parse(JSON.stringify(value)) as object);

test("two values are the same if they are the same JSON, whatever the order of their keys", () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      expect(isSame(one, structuredClone(one))).toBe(true);
      expect(isSame(one, other)).toBe(canonical(one) === canonical(other));
    }),
  );
});

test.each([
  [{ a: 1 }, { a: 1, b: undefined }, true],
  [{ a: 1, b: undefined }, { a: 1, c: undefined }, true],
  [{ a: 1 }, { a: 1, b: null }, false],
  [{ toString: 1 }, {}, false],
  [{}, { constructor: {} }, false],
  [[], {}, false],
  [[1, 2], [1], false],
  [null, {}, false],
  ["1", 1, false],
])("%j and %j: %j", (one, other, expected) => {
  expect(isSame(one, other)).toBe(expected);
  expect(isSame(other, one)).toBe(expected);
});

test("sharing changes nothing that is said, and takes over each part that stayed", () => {
  fc.assert(
    fc.property(jsonObject, jsonObject, (last, change) => {
      const next = { ...structuredClone(last), ...change };
      const shared = sharing(last, next);
      expect(shared).toEqual(next);
      for (const [key, value] of Object.entries(last)) {
        if (isSame(value, next[key as never])) expect(shared[key as never]).toBe(value);
      }
    }),
  );
});

test("frozen is frozen all the way down; a frozen copy leaves the original open", () => {
  fc.assert(
    fc.property(jsonObject, object => {
      const copy = frozenCopy(object);
      expect(copy).toEqual(object);
      expect(isFrozenInside(copy)).toBe(true);
      expect(Object.isFrozen(object)).toBe(false);
      expect(isFrozenInside(deepFreeze(object))).toBe(true);
      expect(frozenCopy(object)).toBe(object);
    }),
  );
});

test("a frozen copy keeps a key named __proto__ as a key, and drops what is undefined", () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as object;
  const copy = frozenCopy({ ...hostile, inner: hostile, gone: undefined });
  expect(Object.getPrototypeOf(copy.inner)).toBe(Object.prototype);
  expect(JSON.stringify(copy)).toBe(
    '{"a":1,"inner":{"__proto__":{"polluted":true},"a":1}}'.replace("{", '{"__proto__":{"polluted":true},'),
  );
  expect("gone" in copy).toBe(false);
});

test("sharing takes over nothing that the version before only inherits", () => {
  const shared = sharing({ a: 1 }, JSON.parse('{"__proto__": {}, "constructor": {}}'));
  expect(Object.getOwnPropertyDescriptor(shared, "__proto__")?.value).not.toBe(Object.prototype);
  expect(Object.isFrozen(deepFreeze(shared))).toBe(true);
  expect(Object.isFrozen(Object.prototype)).toBe(false);
});

test("freezing ends where a circle closes", () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  expect(Object.isFrozen(deepFreeze(circle))).toBe(true);
});

function isFrozenInside(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenInside);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

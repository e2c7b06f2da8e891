import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";

/** Sends a value the way a channel does: written if plain, beside the text if not; the port's clone comes last. */
function across(encoder: Encoder, decoder: Decoder, values: readonly unknown[]): unknown[] {
  for (const value of values) if (!encoder.write(value)) encoder.extra(value);
  const batch = structuredClone(encoder.batch());
  encoder.clear();
  decoder.open(batch);
  const out: unknown[] = [];
  while (decoder.hasMore) out.push(decoder.read());
  decoder.close();
  return out;
}

/** The objects inside a value, numbered in the order in which they are met: equal if the same ones are the same. */
function identities(value: unknown, seen = new Map<unknown, number>()): number[] {
  if (typeof value !== "object" || value === null) return [];
  const known = seen.get(value);
  if (known !== undefined) return [known];
  seen.set(value, seen.size);
  const inner = value instanceof Map || value instanceof Set ? [...value].flat() : Object.values(value);
  return [seen.size - 1, ...inner.flatMap(item => identities(item, seen))];
}

const cycle: Record<string, unknown> = { name: "cycle" };
cycle.self = cycle;
const hole: number[] = [1];
hole[2] = 3;
const shared = { x: 1 };
class Point {
  x = 1;
  get y() {
    return 2;
  }
}

describe("a plain value", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["booleans", [true, false]],
    [
      "whole numbers of every size",
      [0, 1, -1, 65_519, 65_520, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53],
    ],
    [
      "other numbers",
      [-0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.7e308],
    ],
    ["strings", ["", "abc", "é", "日本", "\ud800", "\udc00 lone", "a\0b", "x".repeat(200), "x".repeat(201)]],
    ["objects", { a: 1, b: { c: [1, { d: "e" }] }, empty: {}, none: [] }],
    ["keys in their order, those like integers first", { b: 1, 2: 2, a: 3, 1: 4 }],
    ["the same shape inside itself", { next: { next: { next: null } } }],
    ["a key that is empty", { "": 1 }],
    ["names of Object.prototype", { constructor: 1, toString: 2, hasOwnProperty: 3 }],
    ["an accessor", Object.defineProperty({ b: 1 }, "a", { get: () => 2, enumerable: true })],
    [
      "what is not enumerable, and symbols",
      Object.defineProperty({ [Symbol("s")]: 1, b: 1 }, "a", { value: 2 }),
    ],
  ])("%s: is written, and read as structured clone would make it", (_, value) => {
    const encoder = new Encoder();
    expect(encoder.write(value)).toBe(true);
    expect(across(new Encoder(), new Decoder(), [value])).toStrictEqual([structuredClone(value)]);
  });

  it("is a snapshot", () => {
    const encoder = new Encoder();
    const decoder = new Decoder();
    const body = { count: 1, list: [1] };
    encoder.write(body);
    body.count = 2;
    body.list.push(2);
    decoder.open(encoder.batch());
    expect(decoder.read()).toStrictEqual({ count: 1, list: [1] });
  });
});

describe("an exotic value", () => {
  it.each<[string, unknown]>([
    ["a Date", new Date(0)],
    ["a Map", new Map([[1, { a: 1 }]])],
    ["a Set", new Set([1])],
    ["a BigInt", 10n],
    ["a RegExp", /a/g],
    ["a typed array", new Uint8Array([1, 2])],
    ["an Error", new TypeError("no")],
    ["a boxed number", Object(1)],
    ["a cycle", cycle],
    ["one object in two places", [shared, shared]],
    ["a hole", hole],
    ["a hole and a named property", Object.assign(hole.slice(), { name: 1 })],
    ["an array with a named property", Object.assign([1], { name: 1 })],
    ["an instance of a class", new Point()],
    ["an object without prototype", Object.assign(Object.create(null), { a: 1 })],
    ["an own key __proto__", JSON.parse('{"__proto__":{"polluted":true},"a":1}')],
    ["a long array", Array.from({ length: 65 }, (_, i) => i)],
    ["many objects", Array.from({ length: 30 }, () => ({}))],
    ["deep down", JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`)],
  ])("%s: is left to structured clone, also inside a plain one", (_, value) => {
    const encoder = new Encoder();
    expect(encoder.write(value)).toBe(false);
    expect(encoder.write({ plain: 1, value })).toBe(false);
    expect(encoder.length).toBe(0);
    const [arrived] = across(new Encoder(), new Decoder(), [{ plain: 1, value }]);
    const expected = structuredClone({ plain: 1, value });
    expect(isDeepStrictEqual(arrived, expected)).toBe(true);
    expect(identities(arrived)).toEqual(identities(expected));
  });

  it("takes back the shapes that it was about to teach", () => {
    const body = { fresh: { inner: 1 }, when: new Date(0) };
    const arrived = across(new Encoder(), new Decoder(), [
      body,
      { inner: 2 },
      { fresh: 1, when: 2 },
      { inner: 3 },
    ]);
    expect(arrived).toStrictEqual([body, { inner: 2 }, { fresh: 1, when: 2 }, { inner: 3 }]);
  });

  it("passes on what a getter throws, and nothing is written", () => {
    const encoder = new Encoder();
    const body = {
      a: 1,
      get b(): number {
        throw new RangeError("mine");
      },
    };
    expect(() => encoder.write(body)).toThrow(RangeError);
    expect(encoder.length).toBe(0);
  });
});

describe("any value", () => {
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom("a", "b", "__proto__", "constructor", "1", "20"),
  );
  const { anything } = fc.letrec(tie => ({
    anything: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(undefined, null, true, false, -0, 0, Number.NaN, "", cycle, shared, 7n),
      fc.integer(),
      fc.double(),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({
        unit: fc.integer({ min: 0xd800, max: 0xdfff }).map(code => String.fromCharCode(code)),
        maxLength: 3,
      }),
      // Two invalid dates are never deeply equal.
      fc.date({ noInvalidDate: true }),
      fc.uint8Array({ maxLength: 8 }),
      fc.sparseArray(tie("anything"), { maxLength: 5 }),
      fc.array(tie("anything"), { maxLength: 5 }),
      fc.dictionary(key, tie("anything"), { maxKeys: 5 }),
      fc.array(fc.tuple(tie("anything"), tie("anything")), { maxLength: 3 }).map(pairs => new Map(pairs)),
      fc.array(tie("anything"), { maxLength: 3 }).map(items => new Set(items)),
      tie("anything").map(inner => [inner, inner]),
      fc.string().map(text => new RangeError(text)),
      tie("anything").map(inner => Object.assign(new Point(), { inner })),
    ),
  }));

  it("arrives as structured clone would make it, whatever was sent before", () => {
    const encoder = new Encoder();
    const decoder = new Decoder();
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 6 }), values => {
        const arrived = across(encoder, decoder, values);
        for (const [i, value] of values.entries()) {
          const expected = structuredClone(value);
          expect(isDeepStrictEqual(arrived[i], expected)).toBe(true);
          expect(identities(arrived[i])).toEqual(identities(expected));
        }
      }),
      { numRuns: 500 },
    );
  });
});

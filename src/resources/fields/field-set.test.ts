import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  difference,
  type FieldSet,
  field,
  has,
  intersection,
  isEmpty,
  noFields,
  ordered,
  pathSet,
  pathsOf,
  readFieldSet,
  recursiveDifference,
  union,
} from "./field-set.ts";

const elements = ["f:a", "f:b", 'k:{"name":"x"}', 'k:{"name":"y"}', "v:1", 'v:"t"', "i:0"];
const paths = fc.array(fc.array(fc.constantFrom(...elements), { minLength: 1, maxLength: 4 }), {
  maxLength: 8,
});
const sets = paths.map(all => all.map(path => pathSet(...path)).reduce(union, noFields));

/** A set as the texts of its paths: what the laws are checked against. */
function textsOf(set: FieldSet): Set<string> {
  return new Set(pathsOf(set).map(path => path.join("/")));
}

describe("operations are those of sets of paths", () => {
  test("union, intersection and difference", () => {
    fc.assert(
      fc.property(sets, sets, (one, other) => {
        const [left, right] = [textsOf(one), textsOf(other)];
        expect(textsOf(union(one, other))).toEqual(new Set([...left, ...right]));
        expect(textsOf(intersection(one, other))).toEqual(new Set([...left].filter(path => right.has(path))));
        expect(textsOf(difference(one, other))).toEqual(new Set([...left].filter(path => !right.has(path))));
      }),
    );
  });

  test("a recursive difference takes what is below along", () => {
    fc.assert(
      fc.property(sets, sets, (one, other) => {
        const gone = [...textsOf(other)];
        const isGone = (path: string) => gone.some(each => path === each || path.startsWith(`${each}/`));
        const left = [...textsOf(one)].filter(path => !isGone(path));
        expect(textsOf(recursiveDifference(one, other))).toEqual(new Set(left));
      }),
    );
  });

  test("nothing is left of a set without itself, and what does not change is shared", () => {
    fc.assert(
      fc.property(sets, sets, (one, other) => {
        expect(isEmpty(difference(one, one))).toBe(true);
        expect(intersection(one, one)).toBe(one);
        expect(difference(one, noFields)).toBe(one);
        expect(union(one, intersection(one, other))).toBe(one);
        expect(textOf(union(one, other))).toBe(textOf(union(other, one)));
      }),
    );
  });

  test("a set has its paths and no others", () => {
    fc.assert(
      fc.property(sets, fc.array(fc.constantFrom(...elements), { maxLength: 4 }), (set, path) => {
        expect(has(set, path)).toBe(textsOf(set).has(path.join("/")));
      }),
    );
  });
});

/** As it is written; the order in which a set was put together does not show. */
const textOf = (set: FieldSet) => JSON.stringify(ordered(set));

describe("fieldsV1", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(sets, set => {
        const read = readFieldSet(JSON.parse(JSON.stringify(ordered(set))));
        expect(textOf(read)).toBe(textOf(set));
      }),
    );
  });

  test("has its steps in Kubernetes' order, the field itself first", () => {
    const set = [
      ["f:b"],
      ["f:a", "i:10"],
      ["f:a", "i:9"],
      ["f:a", "v:2"],
      ["f:a", 'v:"a"'],
      ["f:a", "v:10"],
      ["f:a", 'k:{"port":80,"protocol":"TCP"}'],
      ["f:a", 'k:{"port":9,"protocol":"UDP"}'],
      ["f:a", "f:z"],
      ["f:a"],
    ];
    expect(Object.keys(ordered(set.map(path => pathSet(...path)).reduce(union))["f:a"] ?? {})).toEqual([
      ".",
      "f:z",
      'k:{"port":9,"protocol":"UDP"}',
      'k:{"port":80,"protocol":"TCP"}',
      "v:2",
      "v:10",
      'v:"a"',
      "i:9",
      "i:10",
    ]);
  });

  const readings: readonly [why: string, given: unknown, is: unknown][] = [
    ["keys of a list are put in order", { 'k:{"b":1,"a":2}': {} }, { 'k:{"a":2,"b":1}': {} }],
    ["values have one text", { "v: 1.0 ": {} }, { "v:1": {} }],
    ["what HTML would take for markup is escaped", { 'v:"<"': {} }, { 'v:"\\u003c"': {} }],
    ["steps of unknown types are left out", { "x:1": {}, "f:a": {} }, { "f:a": {} }],
    ["a field of the set may say so", { "f:a": { ".": {} } }, { "f:a": {} }],
    [
      "the same step twice is one",
      { 'k:{"a":1}': {}, 'k:{ "a": 1 }': { "f:b": {} } },
      { 'k:{"a":1}': { ".": {}, "f:b": {} } },
    ],
  ];
  test.each(readings)("%s", (_, given, is) => {
    expect(ordered(readFieldSet(given))).toEqual(is);
  });

  test.each([["f"], ["fa"], ["k:[]"], ["k:{"], ["v:"], ["i:x"], [""]])("%j is no step", text => {
    expect(() => readFieldSet({ [text]: {} })).toThrow(SyntaxError);
  });

  test.each([[[]], [null], ["text"], [{ "f:a": 5 }]])("%j is no set", value => {
    expect(() => readFieldSet(value)).toThrow(SyntaxError);
  });

  test("a set of great depth is refused", () => {
    let deep: unknown = {};
    for (let i = 0; i < 10_000; i++) deep = { "f:a": deep };
    expect(() => readFieldSet(deep)).toThrow(SyntaxError);
  });
});

test("a field without further ones is always the same object", () => {
  expect(readFieldSet({ "f:a": {} })["f:a"]).toBe(field);
});

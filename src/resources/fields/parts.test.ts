/** Objects as fields: which they have, how two differ, how one is laid over another, what is left without some. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonMap } from "../json.ts";
import { definition } from "../schema/index.ts";
import { compare } from "./comparison.ts";
import { conformanceFault } from "./conformance.ts";
import { difference, intersection, isEmpty, ordered, readFieldSet } from "./field-set.ts";
import { fieldSetOf } from "./fields-of.ts";
import { merge } from "./merge.ts";
import { removeFields, withNamedParents } from "./removal.ts";
import { testSchema as schema, testObjects } from "./test-schema.ts";

describe("the fields that an object says", () => {
  const cases: readonly [why: string, object: JsonMap, fields: unknown][] = [
    ["plain values", { text: "a", number: 0, flag: false }, { "f:flag": {}, "f:number": {}, "f:text": {} }],
    [
      "an object inside is none itself",
      { struct: { b: { c: 1 } } },
      { "f:struct": { "f:b": { "f:c": {} } } },
    ],
    ["but an empty one is", { struct: { b: {} } }, { "f:struct": { "f:b": {} } }],
    ["a null is one", { struct: null, text: null, map: null }, { "f:map": {}, "f:struct": {}, "f:text": {} }],
    ["keys of a map", { map: { a: "1" } }, { "f:map": { "f:a": {} } }],
    ["what is atomic is one field", { whole: { a: "1" }, list: [1] }, { "f:list": {}, "f:whole": {} }],
    ["elements of a set", { set: ["b", "a"] }, { "f:set": { 'v:"a"': {}, 'v:"b"': {} } }],
    [
      "elements told by a key",
      { parts: [{ name: "a", count: 1 }] },
      { "f:parts": { 'k:{"name":"a"}': { ".": {}, "f:count": {}, "f:name": {} } } },
    ],
    [
      "a key that is left out has its default",
      { ports: [{ port: 1 }] },
      { "f:ports": { 'k:{"port":1,"protocol":"TCP"}': { ".": {}, "f:port": {} } } },
    ],
    ["an empty list of elements says nothing", { parts: [], set: [] }, {}],
    [
      "what is unknown is deduced",
      { free: { a: { b: [{ c: 1 }] }, d: {} } },
      { "f:free": { "f:a": { ".": {}, "f:b": {} }, "f:d": {} } },
    ],
    [
      "elements that cannot be told apart are one field",
      {
        parts: [
          { name: "a", count: 1 },
          { name: "a", count: 2 },
        ],
      },
      { "f:parts": { 'k:{"name":"a"}': {} } },
    ],
  ];
  test.each(cases)("%s", (_, object, fields) => {
    expect(ordered(fieldSetOf(schema, object))).toEqual(fields);
  });
});

describe("how two objects differ", () => {
  const cases: readonly [why: string, before: JsonMap, after: JsonMap, changed: unknown, removed: unknown][] =
    [
      ["a value", { number: 1, text: "a" }, { number: 2, text: "a" }, { "f:number": {} }, {}],
      [
        "what is new comes with what is around it",
        {},
        { struct: { b: { c: 1 } }, map: { a: "1" } },
        { "f:map": { ".": {}, "f:a": {} }, "f:struct": { ".": {}, "f:b": { ".": {}, "f:c": {} } } },
        {},
      ],
      [
        "what goes too",
        { map: { a: "1", b: "2" }, struct: { a: 1 } },
        { map: { b: "2" } },
        {},
        { "f:map": { "f:a": {} }, "f:struct": { ".": {}, "f:a": {} } },
      ],
      ["an atomic list", { list: [1, 2] }, { list: [2, 1] }, { "f:list": {} }, {}],
      ["an order of elements is none of its fields", { set: ["a", "b"] }, { set: ["b", "a"] }, {}, {}],
      [
        "an element",
        { parts: [{ name: "a", count: 1 }, { name: "b" }] },
        { parts: [{ name: "c" }, { name: "a", count: 2 }] },
        {
          "f:parts": { 'k:{"name":"a"}': { "f:count": {} }, 'k:{"name":"c"}': { ".": {}, "f:name": {} } },
        },
        { "f:parts": { 'k:{"name":"b"}': { ".": {}, "f:name": {} } } },
      ],
      [
        "null and empty",
        { parts: null, map: {} },
        { parts: [], map: null },
        { "f:map": {}, "f:parts": {} },
        {},
      ],
      [
        "null and full",
        { parts: null },
        { parts: [{ name: "a" }] },
        { "f:parts": { 'k:{"name":"a"}': { ".": {}, "f:name": {} } } },
        {},
      ],
      [
        "something else at the same place",
        { free: { a: { b: 1 } } },
        { free: { a: 1 } },
        { "f:free": { "f:a": {} } },
        { "f:free": { "f:a": { "f:b": {} } } },
      ],
      [
        "elements that cannot be told apart",
        { parts: [{ name: "a", count: 1 }] },
        {
          parts: [
            { name: "a", count: 1 },
            { name: "a", count: 2 },
          ],
        },
        { "f:parts": { 'k:{"name":"a"}': {} } },
        { "f:parts": { 'k:{"name":"a"}': { ".": {}, "f:count": {}, "f:name": {} } } },
      ],
    ];
  test.each(cases)("%s", (_, before, after, changed, removed) => {
    const comparison = compare(schema, before, after);
    expect(ordered(comparison.changed)).toEqual(changed);
    expect(ordered(comparison.removed)).toEqual(removed);
  });

  test("an object does not differ from itself, and differs by what it says from nothing", () => {
    fc.assert(
      fc.property(testObjects, object => {
        const same = compare(schema, object, structuredClone(object));
        expect([isEmpty(same.changed), isEmpty(same.removed)]).toEqual([true, true]);
        const { changed } = compare(schema, {}, object);
        expect(isEmpty(difference(fieldSetOf(schema, object), changed))).toBe(true);
      }),
    );
  });
});

describe("one object laid over another", () => {
  const cases: readonly [why: string, live: JsonMap, config: JsonMap, merged: JsonMap][] = [
    ["values win", { text: "a", number: 1 }, { text: "b" }, { text: "b", number: 1 }],
    ["maps are merged", { map: { a: "1", b: "2" } }, { map: { b: "3" } }, { map: { a: "1", b: "3" } }],
    [
      "what is atomic is replaced",
      { list: [1, 2], whole: { a: "1" } },
      { list: [3], whole: { b: "2" } },
      { list: [3], whole: { b: "2" } },
    ],
    ["an empty map changes nothing", { map: { a: "1" } }, { map: {} }, { map: { a: "1" } }],
    ["and is there where there was none", {}, { map: {} }, { map: {} }],
    ["a null is a value", { text: "a" }, { text: null }, { text: null }],
    ["new elements come behind", { set: ["a", "b"] }, { set: ["c"] }, { set: ["a", "b", "c"] }],
    ["in the order of the config", { set: ["a", "b", "c"] }, { set: ["c", "a"] }, { set: ["b", "c", "a"] }],
    ["new ones between", { set: ["a", "b"] }, { set: ["a", "c", "b"] }, { set: ["a", "c", "b"] }],
    [
      "elements are merged",
      { parts: [{ name: "a", count: 1 }, { name: "b" }] },
      { parts: [{ name: "a", note: "x" }] },
      { parts: [{ name: "a", count: 1, note: "x" }, { name: "b" }] },
    ],
    [
      "elements that cannot be told apart are replaced",
      {
        parts: [
          { name: "a", count: 1 },
          { name: "a", count: 2 },
        ],
      },
      { parts: [{ name: "a", count: 3 }] },
      { parts: [{ name: "a", count: 3 }] },
    ],
    ["what is of another type is replaced", { any: { a: 1 } }, { any: [1] }, { any: [1] }],
    ["deduced maps are merged", { any: { a: 1 } }, { any: { b: { c: 1 } } }, { any: { a: 1, b: { c: 1 } } }],
  ];
  test.each(cases)("%s", (_, live, config, merged) => {
    expect(merge(schema, live, config)).toEqual(merged);
  });

  test("says all that was laid over it, loses nothing, and stays when it is laid over again", () => {
    fc.assert(
      fc.property(testObjects, testObjects, (live, config) => {
        const merged = merge(schema, live, config);
        expect(merge(schema, merged, config)).toBe(merged);
        expect(merge(schema, live, live)).toBe(live);
        const said = fieldSetOf(schema, config);
        expect(isEmpty(intersection(compare(schema, config, merged).removed, said))).toBe(true);
      }),
    );
  });
});

describe("an object without some of its fields", () => {
  const cases: readonly [why: string, object: JsonMap, fields: unknown, left: JsonMap][] = [
    ["a value", { text: "a", number: 1 }, { "f:text": {} }, { number: 1 }],
    ["a key", { map: { a: "1", b: "2" } }, { "f:map": { "f:a": {} } }, { map: { b: "2" } }],
    [
      "all keys leave a null",
      { map: { a: "1" }, number: 1 },
      { "f:map": { "f:a": {} } },
      { map: null, number: 1 },
    ],
    [
      "elements",
      { set: ["a", "b"], parts: [{ name: "a" }, { name: "b" }] },
      { "f:set": { 'v:"a"': {} }, "f:parts": { 'k:{"name":"b"}': {} } },
      { set: ["b"], parts: [{ name: "a" }] },
    ],
    [
      "part of what is atomic takes it along",
      { whole: { a: "1" }, number: 1 },
      { "f:whole": { "f:a": {} } },
      { whole: null, number: 1 },
    ],
    ["what is not there", { number: 1 }, { "f:struct": { "f:a": {} } }, { number: 1 }],
  ];
  test.each(cases)("%s", (_, object, fields, left) => {
    expect(removeFields(schema, object, readFieldSet(fields))).toEqual(left);
  });

  test("without all that it says nothing is said any more", () => {
    fc.assert(
      fc.property(testObjects, object => {
        const said = withNamedParents(schema, fieldSetOf(schema, object));
        const left = removeFields(schema, object, said);
        const emptyLists = Object.entries(left).filter(
          ([, value]) => !Array.isArray(value) || value.length > 0,
        );
        expect(emptyLists).toEqual([]);
      }),
    );
  });

  test("named objects around a field are taken with it, keys of maps are not", () => {
    const set = readFieldSet({ "f:struct": { "f:b": { "f:c": {} } }, "f:free": { "f:a": { "f:b": {} } } });
    expect(ordered(withNamedParents(schema, set))).toEqual({
      "f:free": { ".": {}, "f:a": { "f:b": {} } },
      "f:struct": { ".": {}, "f:b": { ".": {}, "f:c": {} } },
    });
  });
});

describe("what keeps an object from being applied", () => {
  const cases: readonly [object: JsonMap, fault: string | undefined][] = [
    [{ text: "a", free: { any: [1] }, either: 1, any: [] }, undefined],
    [{ nothing: 1 }, ".nothing: field not declared in schema"],
    [{ struct: { b: { d: 1 } } }, ".struct.b.d: field not declared in schema"],
    [{ text: 5 }, ".text: expected string, got &value.valueUnstructured{Value:5}"],
    [{ number: "5" }, ".number: expected numeric (int or float), got string"],
    [{ flag: "yes" }, ".flag: expected boolean, got &{yes}"],
    [{ struct: [1] }, ".struct: expected map, got &{[1]}"],
    [{ set: { a: 1 } }, ".set: expected list, got &{map[a:1]}"],
    [{ either: {} }, ".either: expected any scalar, got &{map[]}"],
    [{ set: ["a", "a"] }, '.set: duplicate entries for key [="a"]'],
    [
      { ports: [{ port: 1 }, { port: 1, protocol: "TCP" }] },
      '.ports: duplicate entries for key [port=1,protocol="TCP"]',
    ],
    [{ set: [{}] }, ".set: element 0: associative list without keys has an element that's a map type"],
    [{ parts: ["a"] }, ".parts: element 0: associative list with keys may not have non-map elements"],
    [
      { parts: [{ count: 1 }] },
      `.parts: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    ],
    [
      { text: 5, number: "5" },
      `errors:\n  .text: expected string, got &value.valueUnstructured{Value:5}\n  .number: expected numeric (int or float), got string`,
    ],
  ];
  test.each(cases)("%j", (object, fault) => {
    expect(conformanceFault(schema, object)).toBe(fault);
  });

  test("an element of a built-in list that leaves out its key has the empty one", () => {
    const set = fieldSetOf(definition("PodSpec"), { containers: [{ image: "x" }] });
    expect(set).toEqual({ "f:containers": { 'k:{"name":""}': { ".": {}, "f:image": {} } } });
  });
});

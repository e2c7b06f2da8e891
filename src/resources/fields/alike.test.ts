import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonMap } from "../json.ts";
import { alikeness } from "./alike.ts";
import { compare } from "./comparison.ts";
import { ordered, renamedElements } from "./field-set.ts";
import { testSchema as schema, testObjects } from "./test-schema.ts";

const fieldsOf = (before: JsonMap, after: JsonMap) => {
  const { changed, removed } = compare(schema, before, after);
  return { changed: ordered(changed), removed: ordered(removed) };
};

const edits = fc.array(
  fc.record({ side: fc.constantFrom("before", "after"), from: testObjects, many: fc.boolean() }),
  { maxLength: 3 },
);

test("changes that are alike are of the same fields", () => {
  let count = 0;
  fc.assert(
    fc.property(testObjects, testObjects, edits, (before, after, all) => {
      const one = { before, after };
      const other: Record<string, JsonMap> = structuredClone(one);
      for (const { side, from, many } of all) {
        const taken = Object.entries(from).slice(0, many ? 3 : 1);
        other[side] = { ...other[side], ...Object.fromEntries(taken) };
      }
      const [otherBefore = {}, otherAfter = {}] = [other.before, other.after];
      const renamings = alikeness(schema, one, { before: otherBefore, after: otherAfter });
      if (!renamings) return;
      count += 1;
      let fields = fieldsOf(before, after);
      for (const { path, elements } of renamings) {
        const { changed, removed } = fields;
        fields = {
          changed: renamedElements(changed, path, elements),
          removed: renamedElements(removed, path, elements),
        };
      }
      expect(JSON.stringify(fields)).toBe(JSON.stringify(fieldsOf(otherBefore, otherAfter)));
    }),
    { numRuns: 3_000 },
  );
  expect(count).toBeGreaterThan(300);
});

const cases: readonly [
  why: string,
  one: readonly [JsonMap, JsonMap],
  other: readonly [JsonMap, JsonMap],
  are: boolean,
][] = [
  ["other values", [{}, { text: "a", map: { a: "1" } }], [{}, { text: "b", map: { a: "2" } }], true],
  ["another key", [{}, { map: { a: "1" } }], [{}, { map: { b: "1" } }], false],
  ["one more field", [{}, { text: "a" }], [{}, { text: "a", number: 1 }], false],
  ["another field is gone", [{ text: "a" }, {}], [{ number: 1 }, {}], false],
  ["a value that stays", [{ text: "a" }, { text: "b" }], [{ text: "a" }, { text: "a" }], false],
  ["another element", [{}, { parts: [{ name: "a" }] }], [{}, { parts: [{ name: "b" }] }], true],
  [
    "another element instead",
    [{ set: ["a"] }, { set: ["a"], text: "a" }],
    [{ set: ["a"] }, { set: ["b"], text: "b" }],
    false,
  ],
  ["one more element", [{}, { set: ["a"] }], [{}, { set: ["a", "b"] }], false],
  [
    "the same element",
    [{}, { parts: [{ name: "a", count: 1 }] }],
    [{}, { parts: [{ name: "a", count: 2 }] }],
    true,
  ],
  [
    "null for a list",
    [{ parts: null }, { parts: [{ name: "a" }] }],
    [{ parts: null }, { parts: [{ name: "a" }] }],
    true,
  ],
  ["something of another type", [{}, { any: { a: 1 } }], [{}, { any: [1] }], false],
];
test.each(cases)("%s", (_, [before, after], [otherBefore, otherAfter], are) => {
  const other = structuredClone({ before: otherBefore, after: otherAfter });
  expect(alikeness(schema, { before, after }, other) !== undefined).toBe(are);
});

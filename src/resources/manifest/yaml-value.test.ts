import { expect, test } from "vitest";
import { plainDocuments, plainYaml, yamlValue } from "./yaml-value.ts";

const texts: readonly [text: string, value: unknown][] = [
  ['{"a": 1, "a": 2}', { a: 2 }],
  ["{a: 1}", { a: 1 }],
  ["a: yes\nb: 'yes'\nc: 2026-01-01\n", { a: true, b: "yes", c: "2026-01-01" }],
  ["a: 1\na: 2\n", { a: 2 }],
  ["a: &x { b: 1 }\nc: { <<: *x, d: 2 }\n", { a: { b: 1 }, c: { b: 1, d: 2 } }],
  ["a:\n", { a: null }],
  ["a: 0644\nb: 0o644\nc: 12:30\nd: 1_000\n", { a: 420, b: 420, c: "12:30", d: 1000 }],
  ["", undefined],
];
test.each(texts)("%j", (text, value) => {
  expect(yamlValue(text)).toEqual(value);
});

test("aliases that would fill the memory are refused", () => {
  const lines = Array.from(
    { length: 12 },
    (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}, *l${i}]`,
  );
  expect(() => yamlValue(["l0: &l0 [x, x, x, x]", ...lines].join("\n"))).toThrow(/alias/i);
});

test("what is no YAML is refused", () => {
  expect(() => yamlValue("a: [1")).toThrow();
});

test.each(["a: &a { b: *a }", "- &a [[*a]]", "a: &a\n  b: &b { c: 1, d: [*a] }\n"])(
  "a value that holds itself is refused: %j",
  text => {
    expect(() => plainYaml(text)).toThrow("an alias stands within what it is an alias of");
    expect(() => plainDocuments(`x: 1\n---\n${text}`)).toThrow("an alias");
  },
);

test("an alias beside what it is an alias of is the same once more", () => {
  expect(plainYaml("a: &a { b: 1 }\nc: [*a, *a]\n")).toEqual({ a: { b: 1 }, c: [{ b: 1 }, { b: 1 }] });
  expect(plainDocuments("a: 1\n---\nb: 2\n")).toEqual([{ a: 1 }, { b: 2 }]);
  expect(() => plainYaml("a: 1\n---\nb: 2\n")).toThrow();
  const many = Array.from({ length: 31 }, () => "*a").join(", ");
  expect(() => plainYaml(`a: &a x\nb: [${many}]`)).toThrow(/alias/i);
});

import { describe, expect, it } from "vitest";
import { KindRegistry } from "../kind-registry.ts";
import { parseManifest } from "./manifest.ts";

const kinds = new KindRegistry();
const read = (text: string | Uint8Array) =>
  parseManifest(text, { file: "f", kinds: kinds.all }).map(({ object }) => object);
const parameters = (text: string) =>
  (read(text)[0]?.spec as { parameters?: unknown } | undefined)?.parameters;
const head = "kind: Container\nmetadata: { name: a }\nspec:\n  module: echo\n";

/** What go-yaml (sigs.k8s.io/yaml) reads, and so kubectl. */
describe("YAML is read as kubectl reads it", () => {
  it.each<[string, string, unknown]>([
    [
      "JSON indented with tabs",
      '  parameters: {\n\t\t"a": 1,\n\t\t"b": [\n\t\t\t2 ]\n\t}\n',
      { a: 1, b: [2] },
    ],
    ["a brace at the margin", '  parameters: {\n    "a": 1,\n    "b": [ 2\n]\n}\n', { a: 1, b: [2] }],
    ["a list at the margin", "  parameters: { a: [\n1,\n2\n] }\n", { a: [1, 2] }],
    [
      "several of them, comments, quotes with brackets",
      "  parameters: { # first }\n\"a\": \"}\", # second ]\n'b': '{''[', c: it's,\nd: [ {\ne: 1 # third\n}, {\n} ]\n}\n  imagePullPolicy: Never\n",
      { a: "}", b: "{'[", c: "it's", d: [{ e: 1 }, {}] },
    ],
    [
      "a word over lines in brackets",
      "  parameters: { a: one\ntwo\n\tthree, b: [\n4\n] }\n",
      { a: "one two three", b: [4] },
    ],
    [
      "quotes over lines",
      "  parameters:\n    a: \"one\ntwo\n\n  three\\\nfour\"\n    b: 'five\n\tsix'\n",
      {
        a: "one two\nthreefour",
        b: "five six",
      },
    ],
    ["quotes over lines in brackets", '  parameters: {\n"a": "one\ntwo",\n}\n', { a: "one two" }],
    [
      "a merge with its tag",
      "  parameters:\n    one: &one { a: 1 }\n    two:\n      !!merge <<: *one\n      b: [2]\n",
      {
        one: { a: 1 },
        two: { a: 1, b: [2] },
      },
    ],
    [
      "a merge of several, the first wins",
      "  parameters:\n    x: [&a { k: 1 }, &b { k: 2, l: 3 }]\n    y: { <<: [*a, *b] }\n",
      {
        x: [{ k: 1 }, { k: 2, l: 3 }],
        y: { k: 1, l: 3 },
      },
    ],
    ["<< in quotes is a key", '  parameters: { "<<": 1 }\n', { "<<": 1 }],
    [
      "tags",
      "  parameters: { a: !!str 1, b: !<tag:yaml.org,2002:str> 2, c: !!binary aGk=, d: !!timestamp 2026-01-02, e: !!float 1, f: !!seq [] }\n",
      {
        a: "1",
        b: "2",
        c: "hi",
        d: "2026-01-02",
        e: 1,
        f: [],
      },
    ],
    ["a tab between a key and its value", "  parameters: { a:\t1 }\n", { a: 1 }],
    ["a tab before a comment", "  parameters: { a: 1 }\t# here\n", { a: 1 }],
    ["a key with a question mark", "  parameters:\n    ? a\n    : 1\n", { a: 1 }],
    ["a key without a value in brackets", "  parameters: { a, b: [c: 1] }\n", { a: null, b: [{ c: 1 }] }],
    [
      "blocks of text",
      "  parameters:\n    a: |2-\n        x\n      y\n    b: >+\n      z\n\n",
      { a: "  x\ny", b: "z\n\n" },
    ],
    ["an alias for a text", "  parameters: { a: &x text, b: *x }\n", { a: "text", b: "text" }],
  ])("%s", (_, text, expected) => {
    expect(parameters(head + text)).toEqual(expected);
    expect(parameters((head + text).replaceAll("\n", "\r\n"))).toEqual(expected);
    expect(parameters(`--- # first\n${head}${text}...\n---\n`)).toEqual(expected);
  });

  it("in UTF-8 with a mark, and in UTF-16 of either order", () => {
    const text = `\uFEFF${head}  parameters: { a: ü😀 }\n`;
    const little = Buffer.from(text, "utf16le");
    const big = Buffer.from(text, "utf16le").swap16();
    for (const bytes of [Buffer.from(text), little, big, text]) {
      expect(read(bytes)[0]?.spec).toEqual({ module: "echo", parameters: { a: "ü😀" } });
    }
  });

  it.each([
    ["PodList", "v1", { apiVersion: "v1", kind: "Pod" }],
    ["ReplicaSetList", "apps/v1", { apiVersion: "apps/v1", kind: "ReplicaSet" }],
  ])("the items of a %s need not say their kind", (kind, apiVersion, expected) => {
    const items = [{ metadata: { name: "a" } }, { ...expected, metadata: { name: "b" } }];
    const objects = read(JSON.stringify({ kind, apiVersion, metadata: { resourceVersion: "5" }, items }));
    expect(objects).toEqual([
      { ...expected, metadata: { name: "a" } },
      { ...expected, metadata: { name: "b" } },
    ]);
  });

  it.each([
    "kind: List\nitems: []",
    "kind: List\nitems:",
    "kind: List",
    "apiVersion: v1\nkind: PodList\nitems: null",
  ])("an empty list is empty: %j", text => expect(read(text)).toEqual([]));

  it("objects in JSON one after the other, blanks around them", () => {
    const object = (name: string) => JSON.stringify({ kind: "Pod", metadata: { name } });
    const texts = [
      `${object("a")}\n${object("b")}`,
      `  ${object("a")}${object("b")} \n\n`,
      `${object("a")}\n---\n${object("b")}\t`,
    ];
    for (const text of texts) expect(read(text).map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    const many = Array.from({ length: 2_000 }, (_, i) => object(`p${i}`)).join("\n");
    expect(read(many)).toHaveLength(2_000);
  });

  it.each([
    ["brackets that never end", "  parameters: {\na: [1,\n"],
    ["a quote that never ends", '  parameters: "a\nb\n'],
    ["a comma that is missing", '  parameters: {\n"a": 1\n"b": 2\n}\n'],
    ["a line that belongs to nothing", "  parameters: {\na: 1\n}\n   b: 2\n"],
  ])("and refuses %s", (_, text) => {
    expect(() => read(head + text)).toThrow(expect.objectContaining({ reason: "BadRequest" }));
  });

  it.each([
    ["brackets", "[\n".repeat(90) + "]\n".repeat(90)],
    ["items", `[\n${"{a: 1\n},\n".repeat(100_000)}]`],
    ["quotes", `["x\ny",\n${'"x\ny",\n'.repeat(100_000)}]`],
    ["blank lines", `[${"\n".repeat(1_000_000)}]`],
    ["braces that never end", "{\n".repeat(500_000)],
    [
      "lists one by one",
      Array.from({ length: 3_000 }, (_, i) => `  k${i}: [\n1\n]\n`)
        .join("")
        .slice(2),
    ],
  ])("without taking long over many %s", (_, text) => {
    try {
      read(`${head}  x: ${text}`);
    } catch (error) {
      expect(error).toMatchObject({ reason: expect.stringMatching(/BadRequest|Invalid/) });
    }
  });
});

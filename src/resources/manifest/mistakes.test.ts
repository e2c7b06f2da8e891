import { describe, expect, it } from "vitest";
import { allFaults } from "../all-faults.ts";
import type { KindDefinition } from "../definition/kind.ts";
import { KindRegistry } from "../kind-registry.ts";
import type { Draft } from "../object.ts";
import { parseManifest } from "./manifest.ts";

const kinds = new KindRegistry();
const check = (object: Draft, kind: KindDefinition) => allFaults(kind, object);
const read = (text: string | Uint8Array) => parseManifest(text, { file: "f", kinds: kinds.all, check });

/** What is told, without the lines of the source: `line:column field: message`. */
function told(text: string | Uint8Array): string[] {
  try {
    read(text);
  } catch (error) {
    return [...(error as Error).message.matchAll(/^f:(\d+:\d+ .*)$/gm)].map(([, line = ""]) =>
      line.replace(/(Invalid value: "[^"]*"): .*/, "$1"),
    );
  }
  return [];
}

const spec = "spec: { modul: echo }";
const module = (line: number, column = 9) =>
  `${line}:${column} spec.modul: unknown field "spec.modul" (did you mean "module"?)`;

describe("a mistake in what says which object is meant is told at its place, and hides no other", () => {
  it.each<[string, string, string[]]>([
    [
      "metadata",
      `kind: Container\nmetadta:\n  name: a\n${spec}`,
      ['2:1 metadta: unknown field "metadta" (did you mean "metadata"?)', module(4)],
    ],
    [
      "another case",
      `Kind: Container\nMetadata: { Name: a }\n${spec}`,
      [
        '1:1 Kind: unknown field "Kind" (did you mean "kind"?)',
        '2:1 Metadata: unknown field "Metadata" (did you mean "metadata"?)',
        '2:13 metadata.Name: unknown field "metadata.Name" (did you mean "name"?)',
        module(3),
      ],
    ],
    [
      "kind",
      `knid: Container\nmetadata: { name: a }\n${spec}`,
      ['1:1 knid: unknown field "knid" (did you mean "kind"?)', module(3)],
    ],
    [
      "the kind itself",
      `kind: Contaner\nmetadata: { name: a }\n${spec}`,
      ['1:7 kind: there is no kind "Contaner" (did you mean "Container"?)', module(3)],
    ],
    [
      "apiVersion",
      `apiVerson: v1\nkind: Container\nmetadata: { name: a }\n${spec}`,
      [
        '1:1 apiVerson: unknown field "apiVerson" (did you mean "apiVersion"?)',
        '1:12 apiVersion: Unsupported value: "v1": for the kind Container it is k4s.dev/v1',
        module(4),
      ],
    ],
    [
      "the spec, of which then nothing is missing",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspek: { containers: [] }",
      ['4:1 spek: unknown field "spek" (did you mean "spec"?)'],
    ],
    [
      "a field that is there as well",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspek: {}\nspec: { nodeName: b }",
      ['4:1 spek: unknown field "spek" (did you mean "spec"?)', "5:1 spec.containers: Required value"],
    ],
    [
      "a field further in",
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: a }\nspec: { schedule: '@daily', jobTemplat: {} }",
      ['4:29 spec.jobTemplat: unknown field "spec.jobTemplat" (did you mean "jobTemplate"?)'],
    ],
    [
      "the name",
      `kind: Container\nmetadata: { nmae: A_b }\n${spec}`,
      [
        '2:13 metadata.nmae: unknown field "metadata.nmae" (did you mean "name"?)',
        '2:19 metadata.name: Invalid value: "A_b"',
        module(3),
      ],
    ],
    [
      "labels",
      `kind: Container\nmetadata: { name: a, lables: { a: b c } }\n${spec}`,
      [
        '2:22 metadata.lables: unknown field "metadata.lables" (did you mean "labels"?)',
        '2:35 metadata.labels: Invalid value: "b c"',
        module(3),
      ],
    ],
    [
      "a name beside metadata",
      `kind: Container\nname: a\n${spec}`,
      ['2:1 name: unknown field "name": it belongs into metadata, as in metadata: { name: … }', module(3)],
    ],
    [
      "a name of another type",
      `kind: Container\nmetadata: { name: 5 }\n${spec}`,
      ['2:19 metadata.name: must be text: put it in quotes, "5"', module(3)],
    ],
    [
      "a name that YAML reads as something else",
      `kind: Container\nmetadata: { name: n }\n${spec}`,
      ['2:19 metadata.name: must be text: n is read as false, put it in quotes, "n"', module(3)],
    ],
    [
      "a name that is a list",
      `kind: Container\nmetadata: { name: [a] }\n${spec}`,
      ["2:19 metadata.name: must be text", module(3)],
    ],
    [
      "no name",
      `kind: Container\nmetadata: {}\n${spec}`,
      ["2:1 metadata.name: Required value: say what the object is called", module(3)],
    ],
    [
      "no metadata",
      `kind: Container\n${spec}`,
      ["1:1 metadata.name: Required value: metadata: { name: … } says what the object is called", module(2)],
    ],
    [
      "metadata of another type",
      `kind: Container\nmetadata: a\n${spec}`,
      ["2:11 metadata: must be an object, such as { name: web }", module(3)],
    ],
    [
      "a letter that only looks like one",
      `kind: Container\nmetаdata: { name: a }\n${spec}`,
      [
        '2:1 metаdata: unknown field "metаdata" (did you mean "metadata"?; it has the character U+0430)',
        module(3),
      ],
    ],
    [
      "a short form",
      "kind: ReplicaSet\nmetadata: { name: a }\nspec:\n  replicas: -1\n  template: { modul: x }",
      [
        "4:13 spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        '5:15 spec.template.modul: unknown field "spec.template.modul" (did you mean "module"?)',
      ],
    ],
    [
      "in all documents and items",
      `kind: Container\nmetadta: { name: a }\n---\nkind: List\nitems:\n- kind: Contaner\n  metadata: { nmae: b }\n- ${spec.replace("spec", "kind: Container\n  metadata: { name: c }\n  spec")}`,
      [
        '2:1 metadta: unknown field "metadta" (did you mean "metadata"?)',
        "1:1 spec: Required value",
        '6:9 kind: there is no kind "Contaner" (did you mean "Container"?)',
        '7:15 metadata.nmae: unknown field "metadata.nmae" (did you mean "name"?)',
        "6:3 spec: Required value",
        module(10, 11),
      ],
    ],
    [
      "of a list",
      `knid: PodLst\nitems:\n- metadata: { name: a }\n  spec: { containrs: [] }`,
      [
        '1:1 knid: unknown field "knid" (did you mean "kind"?)',
        '1:7 kind: there is no kind "PodLst" (did you mean "PodList"?)',
        '4:11 spec.containrs: unknown field "spec.containrs" (did you mean "containers"?)',
      ],
    ],
    [
      "the items of a list",
      `kind: List\nitmes:\n- kind: Container\n  metadata: { name: a }\n  ${spec}`,
      ['2:1 itmes: unknown field "itmes" (did you mean "items"?)', module(5, 11)],
    ],
  ])("%s", (_, text, expected) => {
    expect(told(text).sort()).toEqual([...expected].sort());
  });
});

describe("what is no YAML is told at its place, and hides no other mistake", () => {
  const nbsp = "\u00a0";
  const blank = (place: string, code = "U+00A0") =>
    `${place} the character ${code} looks like a blank: write a blank`;
  it.each<[string, string, string[]]>([
    [
      "a comment with // in JSON",
      `{\n  // of ours\n  "kind": "Container", // the kind\n  "metadata": { "name": "a" /* ours */ },\n  "spec": { "modul": "http://x" }\n}`,
      [
        "2:3 a comment begins with # here, not with //",
        "3:24 a comment begins with # here, not with //",
        "4:29 a comment begins with # here, not with /*",
        module(5, 14),
      ],
    ],
    [
      "a comment with // in YAML",
      `// of ours\nkind: Container\n// another\nmetadata: { name: a }\n${spec}`,
      [
        "1:1 a comment begins with # here, not with //",
        "3:1 a comment begins with # here, not with //",
        module(5),
      ],
    ],
    [
      "a blank that is none behind a colon",
      `kind:${nbsp}Container\nmetadata: { name: a }\n${spec}`,
      [blank("1:6"), module(3)],
    ],
    ["before a colon", `kind${nbsp}: Container\nmetadata: { name: a }\n${spec}`, [blank("1:5"), module(3)]],
    [
      "in an indentation",
      `kind: Container\nmetadata:\n${nbsp}${nbsp}name: a\n${spec}`,
      [blank("3:1"), module(4)],
    ],
    [
      "at the end of a value",
      `kind: Container\nmetadata:\n  name: a${nbsp}\n${spec}`,
      [blank("3:10"), module(4)],
    ],
    [
      "behind a dash",
      `kind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n  -${nbsp}name: a\n    image: b\n    x: 1`,
      [blank("5:4"), '7:5 spec.containers[0].x: unknown field "spec.containers[0].x"'],
    ],
    [
      "without width",
      `\u200bkind: Container\nmetadata: { name: a }\n${spec}`,
      ["1:1 the character U+200B cannot be seen: delete it", module(3)],
    ],
    [
      "typographic quotes",
      `{“kind”: “Container”, “metadata”: {“name”: ‘a’}, ${spec}}`,
      [
        '1:2 typographic quotes are letters like any other: write "kind"',
        '1:10 typographic quotes are letters like any other: write "Container"',
        '1:23 typographic quotes are letters like any other: write "metadata"',
        '1:36 typographic quotes are letters like any other: write "name"',
        "1:44 typographic quotes are letters like any other: write 'a'",
        module(1, 58),
      ],
    ],
    [
      "a wide colon",
      `kind： Container\nmetadata: { name: a }\n${spec}`,
      ["1:5 this is another character than a colon: write :", module(3)],
    ],
    [
      "a long dash",
      `kind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n  – name: a\n    image: b`,
      ["5:3 this is not the character - but U+2013, which begins no item of a list: write -"],
    ],
    [
      "tabs",
      `kind: Container\nmetadata:\n\tname: a\nspec:\n\tmodul: echo`,
      ["3:1 tab characters must not be used in indentation: indent with blanks", module(5, 2)],
    ],
    [
      "a colon without a blank",
      `kind:Container\nmetadata: { name: a }`,
      ["1:5 write a blank behind this colon"],
    ],
    [
      "of a name without more below",
      `kind: Container\nmetadata:\n  name:a\n${spec}`,
      ["3:7 metadata: write a blank behind this colon", module(4)],
    ],
    [
      "of a name in braces",
      `kind: Container\nmetadata: {name:an-app}\n${spec}`,
      ["2:16 write a blank behind this colon", module(3)],
    ],
    [
      "of a field without more below",
      "kind: Container\nmetadata: { name: a }\nspec:\n  module:echo",
      ["4:9 spec: write a blank behind this colon"],
    ],
    [
      "of the first field of an item",
      "kind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n  - name:x",
      ["5:9 spec.containers[0]: write a blank behind this colon"],
    ],
    [
      "of a field in braces, or of a label",
      "kind: Pod\nmetadata: { name: a, labels: {x:y} }\nspec: { containers: [{name:x, image: echo}] }",
      [
        "2:32 metadata.labels: write a blank behind this colon",
        "3:27 spec.containers[0].name:x: write a blank behind this colon",
      ],
    ],
    [
      "a character that cannot be seen, in quotes",
      "kind: ConfigMap\nmetadata: { name: a }\ndata: { a: \"x\u0007y\", b: 'x\u0007y' }",
      ["3:14 the character U+0007 cannot stand in a manifest: delete it, or save the file as UTF-8 text"],
    ],
    [
      "one within a name",
      "kind: ConfigMap\nmetadata: { name: a, labels: { \u202ab: c, d: e\u200bf } }",
      ['2:32 metadata.labels: Invalid value: "\u202ab"', '2:42 metadata.labels: Invalid value: "e\u200bf"'],
    ],
    [
      "a colon without a blank, further below",
      `kind: Container\nmetadata:\n  name:a\n  labels: { a: b }`,
      ["3:7 write a blank behind this colon"],
    ],
  ])("%s", (_, text, expected) => {
    expect(told(text).sort()).toEqual([...expected].sort());
  });

  it("names a character that cannot be seen, wherever it is wrong", () => {
    const text = "kind: ConfigMap\nmetadata: { name: a, labels: { d: e\u200bf } }";
    expect(() => read(text)).toThrow("; it has the character U+200B");
  });

  it("and is left alone where it may be meant", () => {
    const text = [
      "kind: Container",
      "metadata:",
      "  name: a",
      `  annotations: { a: “quoted” she said, b: x // y, c: 1${nbsp}000, d: "// no",${nbsp}e: – }`,
      "spec:",
      "  module: echo",
      "  parameters:",
      "    code: |",
      "      // a comment",
      `      ${nbsp}x`,
      "      \tindented",
    ].join("\n");
    expect(told(text)).toEqual([blank("4:72")]);
    expect(told(text.replace(`,${nbsp}e: –`, ""))).toEqual([]);
    const [container] = read(text.replace(`,${nbsp}e: –`, ""));
    expect(container?.object.spec).toMatchObject({
      parameters: { code: `// a comment\n${nbsp}x\n\tindented\n` },
    });
    expect(told(text.replace(`,${nbsp}e: –`, "").replace("module", "modul"))).toEqual([
      '6:3 spec.modul: unknown field "spec.modul" (did you mean "module"?)',
    ]);
  });
});

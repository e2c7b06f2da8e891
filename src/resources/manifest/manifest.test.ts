import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { describeKind } from "../definition/describe-kind.ts";
import type { KnownKind } from "./identity.ts";
import { locate } from "./locate.ts";
import { parseManifest, plainManifest } from "./manifest.ts";

const kind = (
  name: string,
  group: string,
  version = "v1",
  scope: KnownKind["scope"] = "Namespaced",
): KnownKind => {
  const kind = name.split(".")[0] ?? name;
  return { ...describeKind({ kind, group, version, plural: `${kind.toLowerCase()}s`, scope }), name };
};
const kinds = [
  kind("Container", "k4s.dev"),
  kind("Pod", ""),
  kind("Service", ""),
  kind("ConfigMap", ""),
  kind("ReplicaSet", "apps"),
  kind("Namespace", "", "v1", "Cluster"),
  kind("Event", ""),
  kind("Event.events.k8s.io", "events.k8s.io"),
];
const parse = (text: string | Uint8Array) => parseManifest(text, { file: "web.yaml", kinds });
const objects = (text: string) => parse(text).map(({ object }) => object);
const spec = (yaml: string) =>
  objects(`kind: Pod\nmetadata: {name: x}\nspec:\n  ${yaml.replaceAll("\n", "\n  ")}`)[0]?.spec;
const messageOf = (text: string | Uint8Array): string => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  throw new Error("the manifest is fine");
};

describe("a manifest", () => {
  it("is any number of documents, empty ones left out, apiVersion filled in", () => {
    const text =
      "---\n# nothing\n---\nkind: Pod\nmetadata: {name: a}\n---\n---\nkind: ReplicaSet\nmetadata: {name: a}\nspec: {container: c}\n...\n";
    expect(objects(text)).toMatchObject([
      { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
      { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "a" } },
    ]);
    expect(objects("")).toEqual([]);
    expect(objects("# only a comment")).toEqual([]);
  });

  it("expands the short forms, and keeps what was written", () => {
    const [service] = parse('kind: Service\nmetadata: {name: calc}\nspec: {selector: "calc-*"}');
    expect(service?.object.spec).toEqual({ selector: { "k4s.dev/name": "calc-*" } });
    expect(service?.written.spec).toEqual({ selector: "calc-*" });
  });

  it("may be JSON, a List, or a list", () => {
    const pod = (name: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name } });
    expect(objects(JSON.stringify(pod("a"), null, "\t"))).toEqual([pod("a")]);
    expect(
      objects(
        JSON.stringify({
          apiVersion: "v1",
          kind: "List",
          items: [pod("a"), { kind: "List", items: [pod("b")] }],
        }),
      ),
    ).toEqual([pod("a"), pod("b")]);
    expect(objects(JSON.stringify([pod("a"), pod("b")]))).toEqual([pod("a"), pod("b")]);
    expect(objects("kind: List\nitems:\n")).toEqual([]);
  });

  it("may be indented as a whole, as it is inside a program, and places are told as they are there", () => {
    const indented = `
      kind: Pod
      metadata: { name: a }
      ---
      kind: Pod
      metadata: { name: b }
    `;
    expect(objects(indented).map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    expect(messageOf("\n    kind: Pod\n    metadata: { nam: a }\n")).toContain("web.yaml:3:");
    expect(messageOf("  kind: Pot\n  metadata: { name: a }")).toContain("web.yaml:1:9");
  });

  it("may have a byte order mark, CRLF, directives", () => {
    const [pod] = objects("\uFEFF%YAML 1.2\r\n---\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n");
    expect(pod).toEqual({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } });
    expect(parse(new TextEncoder().encode("kind: Pod\nmetadata: {name: ü}"))[0]?.object.metadata.name).toBe(
      "ü",
    );
  });

  it.each([
    ["a: yes\nb: off\nc: True", { a: true, b: false, c: true }],
    ["a: 0644\nb: 0o17\nc: 0x1F\nd: 1_000\ne: 089", { a: 420, b: 15, c: 31, d: 1000, e: 89 }],
    ["a: 1.5\nb: -0\nc: 1e3\nd: .5", { a: 1.5, b: 0, c: 1000, d: 0.5 }],
    [
      "a: 2026-01-01\nb: 2026-01-01T00:00:00Z\nc: 12:30\nd: 1.2.3",
      { a: "2026-01-01", b: "2026-01-01T00:00:00Z", c: "12:30", d: "1.2.3" },
    ],
    ["a: ~\nb:\nc: null\nd: ''", { a: null, b: null, c: null, d: "" }],
    ["a: '1'\nb: \"yes\"\nc: !!str 5\nd: !!int 5", { a: "1", b: "yes", c: "5", d: 5 }],
    ["on: 1\n8080: 2\nnull: 3\n'': 4", { on: 1, 8080: 2, null: 3, "": 4 }],
    [
      "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a",
      { a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 2 } },
    ],
    ["constructor: 1\ntoString: {prototype: 2}", { constructor: 1, toString: { prototype: 2 } }],
    ["a: |\n  text\n  more\nb: >-\n  folded\n  line", { a: "text\nmore\n", b: "folded line" }],
  ])("reads values as Kubernetes does: %j", (yaml, value) => {
    expect(spec(yaml)).toEqual(value);
  });
});

describe("what is wrong with a manifest", () => {
  it("is told all at once, each at its place, with the line and a caret", () => {
    const text = [
      "kind: Pood",
      "metadata: {name: a}",
      "---",
      "kind: Pod",
      "metadata:",
      "  name: 5",
      "---",
      "a: b: c",
      "---",
      "kind: Pod",
      "metadata: {name: x, name: y}",
    ].join("\n");
    expect(messageOf(text)).toMatchInlineSnapshot(`
      "web.yaml has 4 problems:
      web.yaml:1:7 kind: there is no kind "Pood" (did you mean "Pod"?)
        1 | kind: Pood
          |       ^^^^
      web.yaml:6:9 metadata.name: must be text: put it in quotes, "5"
        6 |   name: 5
          |         ^
      web.yaml:8:5 the second colon of one line: put text that holds ": " in quotes
        8 | a: b: c
          |     ^
      web.yaml:11:21 the key "name" is there already, on the same line: leave one of them
        11 | metadata: {name: x, name: y}
           |                     ^^^^"
    `);
  });

  it.each([
    [
      "an unknown kind",
      "kind: Replicaset\nmetadata: {name: a}",
      'web.yaml:1:7 kind: there is no kind "Replicaset" (did you mean "ReplicaSet"?)',
    ],
    ["no kind", "metadata: {name: a}", "web.yaml:1:1 kind: Required value: one of Container, Pod"],
    ["no name", "kind: Pod\nmetadata: {}", "web.yaml:2:1 metadata.name: Required value"],
    ["no metadata", "kind: Pod", "web.yaml:1:1 metadata.name: Required value"],
    ["metadata of the wrong type", "kind: Pod\nmetadata: a", "web.yaml:2:11 metadata: must be an object"],
    [
      "a wrong apiVersion",
      "apiVersion: v2\nkind: ReplicaSet\nmetadata: {name: a}",
      'web.yaml:1:13 apiVersion: Unsupported value: "v2": for the kind ReplicaSet it is apps/v1',
    ],
    [
      "a kind with two meanings",
      "kind: Event\nmetadata: {name: a}",
      "web.yaml:1:1 apiVersion: Required value: Event may be v1 or events.k8s.io/v1",
    ],
    [
      "a number for a name",
      "kind: Pod\nmetadata: {name: 5}",
      'web.yaml:2:18 metadata.name: must be text: put it in quotes, "5"',
    ],
    [
      "a duplicate key",
      "kind: Pod\nmetadata: {name: a}\nkind: Pod",
      'web.yaml:3:1 the key "kind" is there already, 2 lines above',
    ],
    [
      "a duplicate key in JSON",
      '{"kind": "Pod", "kind": "Pod", "metadata": {"name": "a"}}',
      'web.yaml:1:18 the key "kind" is there already, on the same line',
    ],
    [
      "a tab",
      "kind: Pod\nmetadata:\n\tname: a",
      "web.yaml:3:1 tab characters must not be used in indentation: indent with blanks",
    ],
    [
      "the same object twice",
      "kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: a, namespace: default}",
      'web.yaml:5:18 metadata.name: Duplicate value: the Pod "a" is declared in line 1 already',
    ],
    ["text", "hello", "web.yaml:1:1 an object is wanted here"],
    [
      "infinity",
      "kind: Pod\nmetadata: {name: a}\nspec: {x: .inf}",
      "web.yaml:3:11 .inf is not a number that JSON has",
    ],
    [
      "too many digits",
      "kind: Pod\nmetadata: {name: a}\nspec: {x: 12345678901234567890}",
      "web.yaml:3:11 12345678901234567890 has more digits",
    ],
    [
      "a tag",
      "kind: Pod\nmetadata: {name: !!js/function a}",
      "web.yaml:2:18 the tag !!js/function is not known",
    ],
    ["a tag on a map", "kind: Pod\nmetadata: !x {name: a}", "web.yaml:2:11 the tag !x is not known"],
    [
      "__proto__",
      "kind: Pod\nmetadata: {name: a}\nspec: {__proto__: {admin: true}}",
      'web.yaml:3:8 "__proto__" cannot be a key',
    ],
    [
      "__proto__ by merging",
      "kind: Pod\nmetadata: {name: a}\nspec: {<<: {__proto__: {admin: true}}}",
      '"__proto__" cannot be a key',
    ],
    ["an unknown alias", "kind: Pod\nmetadata: {name: *a}", "web.yaml:2:18 there is no anchor &a above"],
    ["a circle", "kind: Pod\nmetadata: &m {name: a, x: *m}", "web.yaml:2:27 *m stands inside &m itself"],
    ["merging what is no map", "kind: Pod\nmetadata: {name: a}\nspec: {<<: 5}", "<< merges a map"],
    ["a map for a key", "kind: Pod\nmetadata: {name: a}\nspec: {{a: 1}: 5}", "a key must be text, not a map"],
    [
      "a wrong short form",
      "kind: ReplicaSet\nmetadata: {name: a}\nspec:\n  template: {module: m, parameters: [1]}",
      "web.yaml:4:25 spec.template.parameters: expected an object, got a list",
    ],
    ["a null byte", "kind: Pod\nmetadata: {name: a\0}", "web.yaml:2:19 the character U+0000"],
    ["UTF-16 as text", "k\0i\0n\0d\0", "web.yaml is not UTF-8 text"],
    ["depth", `kind: Pod\nspec: ${"[".repeat(200)}${"]".repeat(200)}`, "web.yaml:2:"],
  ])("%s", (_, text, message) => {
    expect(messageOf(text)).toContain(message);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it("refuses UTF-16 bytes, too much text and too many objects", () => {
    expect(messageOf(Buffer.from("kind: Pod", "utf16le"))).toContain("not UTF-8");
    expect(messageOf(Uint8Array.of(0xff, 0xfe, 0x00))).toContain("not UTF-8");
    expect(() => parse("#".repeat(3 * 1024 * 1024 + 1))).toThrow(
      expect.objectContaining({ reason: "RequestEntityTooLarge" }),
    );
    expect(() => parse(`[${"{},".repeat(10_001)}]`)).toThrow(
      expect.objectContaining({ reason: "RequestEntityTooLarge" }),
    );
  });

  it("stops alias bombs and wells of aliases", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let i = 1; i < 20; i++)
      bomb.push(`${"a".repeat(i + 1)}: &${"a".repeat(i + 1)} [${`*${"a".repeat(i)},`.repeat(9)}]`);
    expect(messageOf(`kind: Pod\nmetadata: {name: a}\n${bomb.join("\n")}`)).toContain(
      "stand for more than 100000 values",
    );
    const well = ["a0: &a0 [x]"];
    for (let i = 1; i < 300; i++) well.push(`a${i}: &a${i} [*a${i - 1}]`);
    expect(messageOf(`kind: Pod\nmetadata: {name: a}\n${well.join("\n")}`)).toContain(
      "nests deeper than 100",
    );
  });

  it("includes what the caller's check finds, in the full form, at the place of the short one", () => {
    const text =
      "kind: ReplicaSet\nmetadata: {name: a}\nspec:\n  replicas: -1\n  template:\n    module: m\n    env:\n    - name: x y";
    const check = () => [
      { reason: "FieldValueInvalid", field: "spec.replicas", message: "must not be negative" },
      {
        reason: "FieldValueInvalid",
        field: "spec.template.spec.containers[0].env[0].name",
        message: "no blanks",
      },
      {
        reason: "FieldValueRequired",
        field: "spec.template.spec.containers[0].resources.limits",
        message: "Required value",
      },
    ];
    expect(() => parseManifest(text, { file: "web.yaml", kinds, check })).toThrow(
      expect.objectContaining({
        reason: "Invalid",
        message: expect.stringMatching(
          /web.yaml:4:13 spec.replicas: must.*web.yaml:5:3 spec.template.resources.limits: Req.*web.yaml:8:13 spec.template.env\[0\].name: no blanks/s,
        ),
      }),
    );
  });
});

describe("what a program hands in as objects", () => {
  const pod = (spec: unknown) => ({ kind: "Pod", metadata: { name: "a", labels: undefined }, spec });
  const inText = (object: unknown) =>
    parse(JSON.stringify(object, null, 2)).map(({ object }: { object: unknown }) => object);

  it("needs no reading", () => {
    const object = pod({ containers: [{ name: "main", image: "x", args: ["1", "ü"] }], n: 1.5, on: null });
    expect(plainManifest(object, { kinds })?.map(({ object }) => object)).toEqual(inText(object));
  });

  it.each([
    { a: "\0" },
    { "\ufeff": 1 },
    { a: 2 ** 60 },
    { a: 1e-9 },
    { a: -0 },
    { a: Number.NaN },
    { a: 1n },
    { a: "\ud800" },
    { a: [undefined] },
    { a: new Date(0) },
    { a: { toJSON: () => 1 } },
    { a: new Map() },
    { a: () => 1 },
    JSON.parse('{"__proto__": 1}'),
  ])("is read as text where that says more: %o", value =>
    expect(plainManifest(pod(value), { kinds })).toBeUndefined(),
  );

  it("is read as text where it is very long, or never ends", () => {
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    expect(plainManifest(pod(circle), { kinds })).toBeUndefined();
    expect(plainManifest(pod("x".repeat(2 ** 20)), { kinds })).toBeUndefined();
  });

  it("is read as text where anything is wrong", () => {
    const check = () => [{ reason: "FieldValueInvalid", field: "spec", message: "no" }];
    expect(plainManifest(pod({}), { kinds, check })).toBeUndefined();
    expect(plainManifest({ kind: "Pood" }, { kinds })).toBeUndefined();
    expect(plainManifest([pod(1), pod(2)], { kinds })).toBeUndefined();
  });

  it("becomes what its text becomes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "grapheme" }), value => {
        const plain = plainManifest(pod({ value }), { kinds })?.map(({ object }) => object);
        if (plain !== undefined) expect(plain).toEqual(inText(pod({ value })));
      }),
    );
  });
});

describe("the place of a field", () => {
  const text =
    "kind: Pod\nmetadata:\n  name: a\n  labels:\n    app.kubernetes.io/name: web\nspec:\n  containers:\n  - name: main\n    image: x\n  empty:\n";
  const [pod] = parse(text);
  it.each([
    ["kind", "1:7"],
    ["metadata.labels.app.kubernetes.io/name", "5:29"],
    ["metadata.labels[app.kubernetes.io/name]", "5:29"],
    ["spec.containers[0].image", "9:12"],
    ["spec.containers[0].nope", "8:5"],
    ["spec.containers[7].image", "7:3"],
    ["spec.containers", "7:3"],
    ["spec.empty", "10:3"],
    ["nope", "1:1"],
    ["", "1:1"],
  ])("%s is %s", (field, place) => {
    if (pod === undefined) throw new Error("no pod");
    const { line, column } = locate(pod, field);
    expect(`${line}:${column}`).toBe(place);
  });

  it("stands before each cause that the check of the object finds", () => {
    const check = () => [{ reason: "x", field: "spec.containers[0].image", message: "no such image" }];
    expect(() => parseManifest(text, { file: "web.yaml", kinds, check })).toThrow(
      "web.yaml:9:12 spec.containers[0].image: no such image\n  9 |     image: x\n    |            ^",
    );
  });
});

describe("the place of what is hard to place", () => {
  const check = () => [
    ...["x[0]", "x[1]", "x[2]", "x[3]", "x[4][1]", "x[6]"].map(field => ({
      reason: "x",
      field: `spec.${field}`,
      message: "no",
    })),
  ];
  it("of an empty item of a list is that of its dash", () => {
    const text =
      "kind: Pod\nmetadata: {name: a}\nspec:\n  x:\n  -\n  - # nothing - here\n  - a\n  -\n\n  - - b\n    -\n  - {}\n  - null\n";
    let message = "";
    try {
      parseManifest(text, { file: "f", kinds, check });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.match(/f:\d+:\d+ \S+/g)).toEqual([
      "f:5:3 spec.x[0]:",
      "f:6:3 spec.x[1]:",
      "f:7:5 spec.x[2]:",
      "f:8:3 spec.x[3]:",
      "f:11:5 spec.x[4][1]:",
      "f:13:5 spec.x[6]:",
    ]);
  });

  it("of a value that an alias stands for is the alias; what is in it stands where it is written", () => {
    const text =
      "kind: Pod\nmetadata: {name: &n a}\nspec:\n  a: &m {b: 1, c: 2}\n  d: *n\n  e: [*m]\n  f: {<<: *m, g: 1}\n";
    const fields = ["d", "e[0].b", "f.c", "f.g"];
    const check = () => fields.map(field => ({ reason: "x", field: `spec.${field}`, message: "no" }));
    expect(() => parseManifest(text, { file: "f", kinds, check })).toThrow(
      /f:4:13 spec\.e\[0\]\.b.*f:4:19 spec\.f\.c.*f:5:6 spec\.d.*f:7:18 spec\.f\.g/s,
    );
  });

  it.each([
    ["far to the right", `${"x".repeat(200_000)}`, 200_000],
    ["behind characters that take two places", "😀".repeat(9_000), 9_000],
  ])("%s is counted in characters", (_, before, length) => {
    const text = `{kind: Pod, metadata: {name: a}, spec: {y: "${before}", x: 5}}`;
    const start = '{kind: Pod, metadata: {name: a}, spec: {y: "", x: '.length;
    const wrong = () => [{ reason: "x", field: "spec.x", message: "no" }];
    expect(() => parseManifest(text, { file: "f", kinds, check: wrong })).toThrow(
      `f:1:${start + length + 1} spec.x`,
    );
  });
});

describe("hostile text", () => {
  const bits = [
    "kind: Pod",
    "metadata:",
    " {name: a}",
    "\n",
    "\n---\n",
    "  ",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "|",
    ">",
    '"',
    "'",
    "!!str ",
    "!",
    "%YAML 1.2",
    "\t",
    "\0",
    "#",
    "...",
    "\r",
    "\uFEFF",
    "__proto__: ",
    "\ud800",
    "a",
    "1",
  ];
  it("never fails with anything but an ApiError", () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...bits), { maxLength: 40 }).map(parts => parts.join("")),
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.json(),
      fc.uint8Array({ maxLength: 100 }),
    );
    fc.assert(
      fc.property(text, any => {
        try {
          parse(any);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["brackets", "[".repeat(1_000_000)],
    ["braces", "{a: ".repeat(500_000)],
    ["dashes", "- ".repeat(500_000)],
    ["quotes", '"'.repeat(1_000_001)],
    ["markers", "---\n".repeat(500_000)],
    ["anchors", "&a ".repeat(300_000)],
    ["keys", Array.from({ length: 100_000 }, (_, i) => `k${i}: v`).join("\n")],
    ["the same key", "k: v\n".repeat(200_000)],
    ["a long line", `a: ${"x ".repeat(1_000_000)}`],
    ["blank lines", "\n".repeat(3_000_000)],
    ["colons", "a:".repeat(500_000)],
    ["aliases", `kind: Pod\nmetadata: &m {name: a}\nx: [${"*m,".repeat(200_000)}]`],
  ])("is done with soon: %s", (_, text) => {
    try {
      parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ApiError);
      if (error instanceof ApiError) expect(error.message.length).toBeLessThan(100_000);
    }
  });

  it("reads any JSON object as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), any => {
        const text = JSON.stringify({ kind: "ConfigMap", metadata: { name: "x" }, spec: any });
        const isOurs = text.includes("__proto__") || /\d{16}|\d[eE]/.test(text);
        if (!isOurs)
          expect(objects(text)[0]?.spec).toEqual(JSON.parse(text, (_, v) => (v === 0 ? 0 : v)).spec);
      }),
    );
  });
});

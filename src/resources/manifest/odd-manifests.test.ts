import { describe, expect, it } from "vitest";
import { allFaults } from "../all-faults.ts";
import type { KindDefinition } from "../definition/kind.ts";
import { KindRegistry } from "../kind-registry.ts";
import type { Draft } from "../object.ts";
import { parseManifest } from "./manifest.ts";

/** What people hand in by mistake, as it is found in questions and bug reports about `kubectl apply`. */

const kinds = new KindRegistry();
const check = (object: Draft, kind: KindDefinition) => allFaults(kind, object);

/** What is told, without the lines of the source: `line:column field: message`. */
function told(text: string | Uint8Array): string[] {
  try {
    parseManifest(text, { file: "f", kinds: kinds.all, check });
  } catch (error) {
    return [...(error as Error).message.matchAll(/^f:(\d+:\d+ .*)$/gm)].map(([, line = ""]) => line);
  }
  return [];
}

const head = "kind: Pod\nmetadata:\n  name: a\n";
const containers = "spec:\n  containers:\n  - name: c\n    image: i\n";
/** In its last line is another mistake, which must be told as well. */
const rest = `${containers}    xx: 1\n`;
const pod = (name: string) => `kind: Pod\nmetadata:\n  name: ${name}\n${containers}`;
const wrong = (name: string) => pod(name).replace("image", "imag");

const xx = (line: number) => `${line}:5 spec.containers[0].xx: unknown field "spec.containers[0].xx"`;
const imag = (line: number) =>
  `${line}:5 spec.containers[0].imag: unknown field "spec.containers[0].imag" (did you mean "image"?)`;
const template = "this is a template, and no manifest yet: render it first";
const separator = "this separates no documents: write --- alone, at the margin of its line";
const shell = "a line of a shell, which is no part of the manifest: delete it";
const conflict = "a mark of a merge conflict: keep one side, and delete the marks";

describe("a mistake in the syntax hides neither the rest of its document nor the others", () => {
  it.each<[string, string, string[]]>([
    [
      "[ never closed",
      `${head}spec:\n  containers:\n  - name: c\n    image: i\n    args: ["a"\n    xx: 1\n`,
      ["8:11 this [ is never closed: ] is missing", xx(9)],
    ],
    [
      "{ never closed",
      `kind: Pod\nmetadata: { name: a\n${rest}`,
      ["2:11 this { is never closed: } is missing", xx(7)],
    ],
    [
      "{ never closed, another document",
      `kind: Pod\nmetadata: { name: a\n${rest}---\n${wrong("b")}`,
      ["2:11 this { is never closed: } is missing", xx(7), imag(15)],
    ],
    [
      "[ never closed at the end",
      "kind: Pod\nmetadata: { name: a, nam: b }\nspec: [\n",
      [
        '2:22 metadata.nam: unknown field "metadata.nam" (did you mean "name"?)',
        "3:7 this [ is never closed: ] is missing",
      ],
    ],
    [
      "one } too many",
      `kind: Pod\nmetadata: { name: a }}\n${rest}`,
      ["2:22 no { is open that this could close: leave it out", xx(7)],
    ],
    [
      '" never closed',
      `kind: Pod\nmetadata:\n  name: "a\n${rest}`,
      ['3:9 this quote is not closed: " is missing at the end of the text', xx(8)],
    ],
    [
      "' never closed",
      `kind: Pod\nmetadata:\n  name: 'a\n${rest}`,
      ["3:9 this quote is not closed: ' is missing at the end of the text", xx(8)],
    ],
    [
      '" closed by the next one',
      `kind: Pod\nmetadata:\n  name: "a\n${rest.replace("image: i", 'image: "i"')}`,
      ['3:9 this quote is not closed: " is missing at the end of the text', xx(8)],
    ],
    [
      "text behind quotes",
      `kind: Pod\nmetadata:\n  name: "a"b\n${rest}`,
      [
        '3:12 the text in quotes has ended before this: put the whole of it in quotes, and write \\" for " in there',
        xx(8),
      ],
    ],
    [
      "an apostrophe in quotes",
      `${head}  annotations:\n    x: 'it's'\n${rest}`,
      [
        "5:12 the text in quotes has ended before this: put the whole of it in quotes, and write '' for ' in there",
        xx(10),
      ],
    ],
    [
      "a backslash",
      `${head}  annotations:\n    x: "C:\\path"\n${rest}`,
      ["5:12 unknown escape sequence: write \\\\ for a backslash, or put the text in single quotes", xx(10)],
    ],
    [
      "a second colon",
      `${head}  annotations:\n    x: echo: hi\n${rest}`,
      ['5:12 the second colon of one line: put text that holds ": " in quotes', xx(10)],
    ],
    [
      "a key below a value",
      `${head}    namespace: b\n${rest}`,
      ["4:5 it stands deeper than the line above, which has a value already: align the two", xx(9)],
    ],
    [
      "a key that is aligned with nothing",
      `${head} labels:\n    a: b\n${rest}`,
      ["4:2 its indentation fits none of the lines above: align it with those that it belongs to", xx(10)],
    ],
    [
      "an item among keys",
      `${head}  labels:\n    a: b\n    - c\n${rest}`,
      [
        "6:5 an item of a list (-) among the keys of an object: put it below the key that it belongs to",
        xx(11),
      ],
    ],
    [
      "a key among items",
      `${head}  finalizers:\n    - a.b/c\n    z: a\n${rest}`,
      ["6:5 a key among the items of a list: each line at this depth must begin with -", xx(11)],
    ],
    [
      "a list in the line of its key",
      `${head}  finalizers: - a.b/c\n${rest}`,
      ["4:15 a list does not begin in the line of its key: write - in the next line, or use [ ]", xx(9)],
    ],
    [
      "a key without a colon",
      `kind: Pod\nmetadata\n  name: a\n${rest}`,
      ["2:1 there is no colon in this line: write metadata:", xx(8)],
    ],
    [
      "a key and a value without a colon",
      `kind Pod\nmetadata:\n  name: a\n${rest}`,
      ["1:1 there is no colon in this line: write kind: …", xx(8)],
    ],
    [
      "an equals sign",
      `kind = Pod\nmetadata:\n  name: a\n${rest}`,
      ["1:1 there is no colon in this line: write kind: …", xx(8)],
    ],
    [
      "a colon at the wrong word",
      `kind :Pod\nmetadata:\n  name: a\n${rest}`,
      ["1:6 write a blank behind this colon", xx(8)],
    ],
    [
      "a colon without a blank",
      `kind:Pod\nmetadata:\n  name: a\n${rest}`,
      ["1:5 write a blank behind this colon", xx(8)],
    ],
    [
      "@",
      `${head}  annotations:\n    x: @y\n${rest}`,
      ["5:8 no text begins with @ without quotes: put it in quotes", xx(10)],
    ],
    [
      "a backtick",
      `${head}  annotations:\n    x: \`y\`\n${rest}`,
      ["5:8 no text begins with ` without quotes: put it in quotes", xx(10)],
    ],
    [
      "%",
      `${head}  annotations:\n    x: %y\n${rest}`,
      ["5:8 no text begins with % without quotes: put it in quotes", xx(10)],
    ],
    [
      "* alone",
      `${head}  annotations:\n    x: *\n${rest}`,
      [
        '5:9 name of an alias node must contain at least one character: put text that begins with * or & in quotes, as in "*"',
        xx(10),
      ],
    ],
    [
      "* before a text",
      `${head}  annotations:\n    x: *.example.com\n${rest}`,
      [
        '5:8 there is no anchor &.example.com above: if it is text, put it in quotes, "*.example.com"',
        xx(10),
      ],
    ],
    [
      "> before a text",
      `${head}  annotations:\n    x: >a\n${rest}`,
      [
        "5:9 a line break is expected: put text that begins with | or > in quotes, or begin the block in the next line",
        xx(10),
      ],
    ],
    [
      "tabs in two places",
      `kind: Pod\nmetadata:\n\tname: a\nspec:\n\tcontainrs: []\n`,
      [
        "3:1 tab characters must not be used in indentation: indent with blanks",
        '5:2 spec.containrs: unknown field "spec.containrs" (did you mean "containers"?)',
      ],
    ],
    [
      "a tab where a selector and its labels are lost",
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec:\n\treplicas: 2\n  selector: { matchLabels: { a: b } }\n  template:\n    metadata: { labels: { a: b } }\n    spec: { containers: [{ name: c, image: i }] }\n",
      ["5:1 tab characters must not be used in indentation: indent with blanks"],
    ],
    [
      "a tab behind a dash",
      `${head}spec:\n  containers:\n  -\tname: c\n    image: i\n    xx: 1\n`,
      ["6:4 tab characters must not be used in indentation: indent with blanks", xx(8)],
    ],
    [
      "colours of a terminal",
      `kind: Pod\nmetadata:\n  name: \u001b[31ma\u001b[0m\n${rest}`,
      [
        "3:9 the character U+001B cannot stand in a manifest: delete it, or save the file as UTF-8 text",
        xx(8),
      ],
    ],
    [
      "a form feed",
      `kind: Pod\n\fmetadata:\n  name: a\n${rest}`,
      [
        "2:1 the character U+000C cannot stand in a manifest: delete it, or save the file as UTF-8 text",
        xx(8),
      ],
    ],
    [
      "half a character",
      `${head}  annotations: { x: \ud800 }\n${rest}`,
      [
        "4:21 the character U+D800 cannot stand in a manifest: delete it, or save the file as UTF-8 text",
        xx(9),
      ],
    ],
    [
      "three of them",
      `${head}  annotations:\n    x: a: b\n    y: "c" d\n${rest}`,
      [
        '5:9 the second colon of one line: put text that holds ": " in quotes',
        '6:12 the text in quotes has ended before this: put the whole of it in quotes, and write \\" for " in there',
        xx(11),
      ],
    ],
    [
      "a semicolon in JSON",
      '{"kind":"Pod";"metadata":{"name":"a","nme":"b"}}',
      [
        "1:14 write a comma instead of ;",
        '1:39 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)',
      ],
    ],
    [
      "an equals sign in JSON",
      '{"kind"="Pod","metadata":{"name":"a","nme":"b"}}',
      [
        "1:8 write a colon instead of =",
        '1:39 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)',
      ],
    ],
    [
      "a comma that is missing in JSON",
      '{\n  "kind": "Pod"\n  "metadata": {"name": "a", "nme": "b"}\n}',
      [
        "3:3 missed comma between flow collection entries: a comma, or a closing bracket, is missing before this",
        '3:30 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)',
      ],
    ],
    [
      "a brace that is missing in JSON",
      '{"kind": "Pod", "metadata": {"name": "a", "nme": "b"}',
      [
        "1:1 this { is never closed: } is missing",
        '1:44 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)',
      ],
    ],
    [
      "a comma between objects in JSON",
      '{"kind": "Namespace", "metadata": {"name": "a"}},\n{"kind": "Namespace", "metadata": {"name": "b", "nme": "c"}}',
      [
        "1:49 a comma separates the objects of a list only: leave it out, or put them in [ ]",
        '2:50 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)',
      ],
    ],
  ])("%s", (_, text, expected) => {
    // What is missing because of the mistake is not told; what is missing in JSON without a spec is.
    expect(told(text).filter(line => !line.includes("Required value"))).toEqual(expected);
    if (!text.startsWith("{")) expect(told(text)).toEqual(expected);
    // Windows' line ends change nothing.
    expect(told(text.replaceAll("\n", "\r\n")).filter(line => !line.includes("Required value"))).toEqual(
      expected,
    );
  });
});

describe("what is no part of a manifest is told, and hides nothing", () => {
  it.each<[string, string, string[]]>([
    ...["———", "–––", "—-", "----", "--", "- - -", "===", "***", "___", "---- # next"].map(
      (line): [string, string, string[]] => [
        line,
        `${pod("a")}${line}\n${wrong("b")}`,
        [`8:1 ${separator}`, imag(15)],
      ],
    ),
    ["a separator that is indented", `${pod("a")}  ---\n${wrong("b")}`, [`8:3 ${separator}`, imag(15)]],
    [
      "a separator before a key",
      `${pod("a")}---kind: Pod\nmetadata: { name: b, nme: c }\n${containers}`,
      [`8:1 ${separator}`, '9:22 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)'],
    ],
    [
      "no separator",
      `${pod("a")}apiVersion: v1\n${wrong("b")}`.replace("kind", "apiVersion: v1\nkind"),
      ["9:1 another object begins here: write a line --- before it", imag(16)],
    ],
    [
      "a template as a value",
      head + rest.replace("image: i", "image: {{ .Values.image }}"),
      [`7:12 ${template} (helm template), and apply what comes out`, xx(8)],
    ],
    [
      "a template in a value",
      `kind: Pod\nmetadata:\n  name: web-{{ .Release.Name }}\n${rest}`,
      [`3:13 ${template} (helm template), and apply what comes out`, xx(8)],
    ],
    [
      "templates in lines",
      `${head}  labels:\n    {{- include "x" . | nindent 4 }}\n{{- if .Values.x }}\n${rest}{{- end }}\n`,
      [`5:5 ${template} (helm template), and apply what comes out`, xx(11)],
    ],
    [
      "another template",
      `${head}{% if x %}\n${rest}{% endif %}\n`,
      [`4:1 ${template}, and apply what comes out`, xx(9)],
    ],
    [
      "a merge conflict",
      `${head}<<<<<<< HEAD\n  namespace: a\n=======\n  namespace: b\n>>>>>>> main\n${rest}`,
      [
        `4:1 ${conflict}`,
        "6:1 this line and those below it are the other side of a merge conflict: keep one side, and delete the marks",
        `8:1 ${conflict}`,
        xx(13),
      ],
    ],
    [
      "Markdown",
      `\`\`\`yaml\n${head}${rest}\`\`\`\n`,
      [
        "1:1 a mark of Markdown, which is no part of the manifest: delete the line",
        xx(9),
        "10:1 a mark of Markdown, which is no part of the manifest: delete the line",
      ],
    ],
    [
      "a shell",
      `cat <<EOF | kubectl apply -f -\n${head}${rest}EOF\n`,
      [`1:1 ${shell}`, xx(9), `10:1 ${shell}`],
    ],
    ["a prompt", `$ cat pod.yaml\n${head}${rest}`, [`1:1 ${shell}`, xx(9)]],
    [
      "a web page",
      '\n<!DOCTYPE html>\n<html lang="en">\n  <head>\n',
      ["2:1 this is a web page, or XML, and no manifest: get the file itself (the raw one)"],
    ],
    [
      "a Kustomization",
      "kind: Kustomization\nmetadata: { name: a }",
      [
        '1:7 kind: there is no kind "Kustomization": it is read by kubectl kustomize: apply what comes out of that',
      ],
    ],
    [
      "a plural",
      "kind: namespaces\nmetadata: { name: a, nme: b }",
      [
        '1:7 kind: there is no kind "namespaces" (did you mean "Namespace"?)',
        '2:22 metadata.nme: unknown field "metadata.nme" (did you mean "name"?)',
      ],
    ],
    [
      "a short name",
      "kind: ns\nmetadata: { name: a }",
      ['1:7 kind: there is no kind "ns" (did you mean "Namespace"?)'],
    ],
    [
      "an item without its blank",
      `${head}spec:\n  -containers: []\n`,
      [
        '5:3 spec.-containers: unknown field "spec.-containers" (did you mean "containers"?): an item of a list begins with - and a blank',
      ],
    ],
  ])("%s", (_, text, expected) => expect(told(text)).toEqual(expected));

  it.each([
    ["a tag", `${head}  annotations:\n    x: !foo bar\n${containers}`, "5:8 the tag !foo is not known"],
    [
      "a value of another type under any key",
      `${head}  annotations: { x: { a: b }, y: [c] }\n${containers}`,
      "4:18 metadata.annotations[x]: expected text, got an object",
    ],
    [
      "an item that is nothing",
      "- kind: Namespace\n  metadata: { name: a }\n-\n",
      "3:1 an object is wanted here",
    ],
    [
      "base64 that is none",
      "kind: ConfigMap\nmetadata: { name: a }\ndata: { b: !!binary '?' }",
      '3:21 "?" is not what its tag !!binary says',
    ],
  ])("%s is told at its place", (_, text, expected) => expect(told(text)[0]).toContain(expected));

  it("but is left alone where it may be meant", () => {
    const script =
      'x: "{{ .a }}"\n    y: |\n      {{ range }}\n      ---\n      ----\n      kind: Pod\n      ```\n      EOF\n      a: b: c\n';
    expect(told(`${head}  annotations:\n    ${script}${containers}`)).toEqual([]);
    expect(told(`${head}  annotations:\n    ${script}${rest}`)).toEqual([xx(18)]);
  });
});

it.each(['"a\\ud800x"', '"a\\udc00x"', '"a\\ud83dx"'])(
  "half a character of an escape is U+FFFD, as in Go: %s",
  half => {
    const text = `kind: ConfigMap\nmetadata: { name: a }\ndata: { ${half}: ${half}, b: "\\ud83d\\ude00" }\n`;
    const [read] = parseManifest(text, { kinds: kinds.all });
    expect(read?.object).toMatchObject({ data: { "a\uFFFDx": "a\uFFFDx", b: "😀" } });
  },
);

describe("what kubectl reads is read", () => {
  it.each([
    ["a tab between a key and its brackets", `kind: Pod\nmetadata:\t{ name: a }\n${containers}`],
    [
      "tabs in brackets below a key",
      `kind: Pod\nmetadata: {\n\tname: a,\n\tlabels: {\n\t\ta: b\n\t}\n\t}\n${containers}`,
    ],
    ["tabs at the ends of lines", `kind: Pod\t\nmetadata:\t\n  name: a\t\n${containers}`],
    ["a byte order mark behind a separator", `---\n\uFEFF${pod("a")}`],
    ["the same on Windows", `---\r\n\uFEFF${pod("a").replaceAll("\n", "\r\n")}`],
    ["old line ends", pod("a").replaceAll("\n", "\r")],
    ["line ends of YAML 1.1", pod("a").replaceAll("\n", "\u0085")],
    ["a mark at the end", `${pod("a")}...\n`],
    ["a directive", `%YAML 1.1\n---\n${pod("a")}`],
    ["commas at the ends of JSON", '{"kind": "Namespace", "metadata": {"name": "a",},}'],
  ])("%s", (_, text) => {
    expect(told(text)).toEqual([]);
    expect(told(text.replace("name: a", "nme: a").replace('"name"', '"nme"'))[0]).toMatch(
      /^\d+:\d+ metadata\.nme: /,
    );
  });

  it.each(["", "# only\n# comments\n", "---\n---\n", "null", "~\n---\n# x", "[]"])("nothing in %j", text =>
    expect(told(text)).toEqual([]),
  );
});

/** Texts that could take a time that grows with the square of their length. */
describe("a mistake is found quickly in", () => {
  const many: Record<string, string> = {
    tabs: `${"\t".repeat(5e5)}x: [`,
    quotes: 'x: "a\n'.repeat(1e5),
    templates: "a: {{ x }}\n".repeat(5e4),
    "opened templates": "{%".repeat(3e5),
    "marks of a merge": "=======\n".repeat(1e5),
    separators: "----\n#\n".repeat(1e5),
    "blank lines": `----${"\n".repeat(5e5)}x`,
    words: "abc\n".repeat(1e5),
    objects: "kind: Pod\nmetadata: {name: a}\n".repeat(2e4),
    semicolons: `{${'"a";'.repeat(1e5)}`,
  };
  it.each(Object.keys(many))("%s", name => {
    expect(told(`kind: Pod\nmetadata: {name: a}\n${many[name]}`).length).toBeGreaterThan(0);
  });
});

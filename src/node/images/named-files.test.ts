import { expect, it } from "vitest";
import { filesNamedIn } from "./named-files.ts";

const url = (name: string) => `new URL(${name}, import.meta.url)`;

it.each<[about: string, text: string, names: readonly string[]]>([
  ["a file", `export default ${url('"./a.txt"')}`, ["/at/home/a.txt"]],
  ["a folder, and one further up", `[${url("'pages/'")}, ${url("`../b`")}]`, ["/at/home/pages", "/at/b"]],
  [
    "written over lines, with remarks",
    `new /* a */ URL (\n"./ä b.txt", import . meta.url)`,
    ["/at/home/ä b.txt"],
  ],
  ["of signs that mean something in a URL", url('"./a%20b?x=1#y"'), ["/at/home/a b"]],
  ["where it lies itself", `[${url('"."')}, ${url('"./"')}, ${url('"../"')}, ${url('"/"')}]`, []],
  ["of another machine", `[${url('"https://a.example/b"')}, ${url('"//a.example/b"')}]`, []],
  ["computed", `[${url("name")}, ${url("`./$" + "{name}`")}, ${url('"./" + name')}]`, []],
  ["by another base", `[new URL("./a", location), new URL("./a")]; import.meta.url`, []],
  ["in a remark alone", `// ${url('"./a"')}\nimport.meta.url`, []],
  ["in what cannot be read", `${url('"./a"')} {{{`, []],
])("finds what a module names beside itself: %s", async (_, text, names) => {
  expect(await filesNamedIn("/at/home/module.mjs", text)).toEqual(names);
});

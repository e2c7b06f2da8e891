/**
 * The maps lead somewhere. Every path that a document names exists; every file that ARCHITECTURE.md and CONTRIBUTING.md name
 * without its folder is one of src/; and what a reader is told to look for in a file is there: the last column of the table
 * of questions, and the names in backticks in the lists of what to do where.
 */
import { existsSync, readdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFile(path.join(root, file), "utf8");
const architecture = await read("ARCHITECTURE.md");
const contributing = await read("CONTRIBUTING.md");
const sources = (await readdir(path.join(root, "src"), { recursive: true })).filter(name =>
  name.endsWith(".ts"),
);

/** What stands in backticks. */
const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
const isFile = (word: string) => /^(src|demos|exercises|scripts|test)\/[\w./-]+\.\w+$/.test(word);
/** A name of TypeScript, perhaps called: `planFor`, `stage.claim`. Others are words of manifests, commands, folders. */
const isName = (word: string) => /^[A-Za-z]\w*$/.test(word);

/** The code of files without its comments. */
async function codeOf(files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.filter(file => existsSync(path.join(root, file))).map(read));
  return texts.join("\n").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

async function missingIn(files: readonly string[], names: readonly string[]): Promise<string[]> {
  const code = await codeOf(files);
  return names.filter(name => !new RegExp(`\\b${name}\\b`).test(code));
}

describe("the maps", () => {
  it.each(["README.md", "QUICKREF.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])(
    "%s names only files that exist",
    async document => {
      const named = (await read(document)).matchAll(
        /(?:^|[\s`(])((?:src|workers|demos|yaml|exercises|bench|scripts|test|docs)\/[\w./-]*\w)/gm,
      );
      const missing = [...named]
        .map(([, file = ""]) => file)
        .filter(file => !existsSync(path.join(root, file)));
      // Made by a command, or by the reader.
      const toCome = (file: string) => file === "exercises/results.json" || file.includes("NAME");
      expect(missing.filter(file => !toCome(file))).toEqual([]);
    },
  );

  it.each([
    "ARCHITECTURE.md",
    "docs/internals/when-a-key-runs.md",
    "docs/internals/a-request.md",
    "docs/internals/the-journal.md",
  ])("%s names no file that is not in src/, also where it leaves out the folder", async document => {
    const known = new Set(sources.map(file => path.basename(file)));
    const named = [...(await read(document)).matchAll(/(?<![\w/.*-])([a-z][\w-]*(?:\.[a-z]+)?\.ts)\b/g)].map(
      ([, name = ""]) => name,
    );
    // How files are named, by an example.
    const missing = named.filter(name => !known.has(name) && name !== "x.ts" && name !== "x.test.ts");
    expect(missing).toEqual([]);
  });

  const roomRows = architecture.split("\n").filter(line => /^\| `src\/\w+` /.test(line));
  const foldersIn = (folder: string) =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .sort();

  it("ARCHITECTURE.md has a row for every room", () => {
    const rooms = roomRows.map(row => /^\| `src\/(\w+)`/.exec(row)?.[1]);
    expect(rooms.sort()).toEqual(foldersIn("src"));
  });

  it.each(foldersIn("src"))("ARCHITECTURE.md names each folder inside src/%s, and no other", room => {
    const row = roomRows.find(line => line.startsWith(`| \`src/${room}\``)) ?? "";
    const named = quoted(row).filter(word => word.endsWith("/"));
    expect(named.sort()).toEqual(foldersIn(`src/${room}`).map(folder => `${folder}/`));
  });

  const from = architecture.indexOf("### Which file answers which question");
  const questions = architecture
    .slice(from, architecture.indexOf("\n## ", from))
    .split("\n")
    .filter(line => /^\| (?!question |-+ )/.test(line))
    .map(line => line.split("|").map(cell => cell.trim()))
    .map(([, question = "", files = "", names = ""]) => ({
      question,
      files: quoted(files),
      names: quoted(names),
    }));

  it.each(questions)("the answer to “$question” is where it is said to be", async ({ files, names }) => {
    expect(files, "files").not.toEqual([]);
    expect(names, "names to look for, in the last column").not.toEqual([]);
    expect(await missingIn(files, names)).toEqual([]);
  });

  const steps = contributing
    .split(/\n(?=\d\. |\n|\*\*)/)
    .map(item => ({ item: item.trim().slice(0, 60), words: quoted(item) }))
    .map(({ item, words }) => ({ item, files: words.filter(isFile), names: words.filter(isName) }))
    .filter(({ files, names }) => files.some(file => !file.includes("NAME")) && names.length > 0);

  it.each(steps)("CONTRIBUTING.md: $item", async ({ files, names }) => {
    expect(await missingIn(files, names)).toEqual([]);
  });
});

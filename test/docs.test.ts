/**
 * The documents run. Every TypeScript snippet is type-checked and executed, every manifest is applied, every command is
 * carried out, here or by .ci/run. A snippet that speaks of `cluster` without making one gets a running one, with the
 * manifests of docs/for-snippets.yaml applied.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { Cluster } from "k4s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takesBuilt } from "./built.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..");
const scratch = path.join(root, ".k4s", `docs-${process.pid}`);

interface Snippet {
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

const documents = [
  "README.md",
  "QUICKREF.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  ...(await markdownIn("docs")),
  "exercises/README.md",
];
const snippets = (await Promise.all(documents.map(snippetsOf))).flat();
const of = (...languages: string[]) => snippets.filter(({ language }) => languages.includes(language));

async function markdownIn(folder: string): Promise<string[]> {
  const names = await readdir(path.join(root, folder), { recursive: true });
  return names.filter(name => name.endsWith(".md")).map(name => `${folder}/${name}`);
}

async function snippetsOf(document: string): Promise<Snippet[]> {
  const text = await readFile(path.join(root, document), "utf8");
  const found = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...found].map(({ 1: language = "", 2: text = "", index, input }) => {
    const line = input.slice(0, index).split("\n").length;
    return { where: `${document}:${line}`, language, text };
  });
}

/** A snippet as a program of its own. */
function programOf({ text }: Snippet): string {
  if (!/\bcluster\b/.test(text) || text.includes("new Cluster")) return text;
  const imports = text.match(/^import .*$/gm)?.join("\n") ?? "";
  const body = text.replace(/^import .*$/gm, "");
  return `import { Cluster } from "k4s";
${imports}
await using cluster = new Cluster({ images: "workers" });
await cluster.start();
await cluster.applyFile("docs/for-snippets.yaml");
await cluster.waitFor("ReplicaSet/calc-rs", "Ready");
await cluster.waitFor("Container/echo", "Ready");
${body}`;
}

describe("TypeScript in the documents", () => {
  const programs = of("ts", "typescript").map(snippet => ({
    where: snippet.where,
    file: path.join(scratch, `${snippet.where.replaceAll(/\W+/g, "-")}.ts`),
    text: programOf(snippet),
  }));

  beforeAll(async () => {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    for (const { file, text } of programs) await writeFile(file, `${text}\nexport {};\n`);
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it("has the types it claims", { timeout: 60_000 }, async () => {
    const config = path.join(scratch, "tsconfig.json");
    const compilerOptions = { noUnusedLocals: false };
    const files = programs.map(({ file }) => file);
    const text = { extends: "../../tsconfig.json", compilerOptions, files, include: [] };
    await writeFile(config, JSON.stringify(text));
    const tsc = path.join(root, "node_modules/@typescript/native/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", config]).catch(error => error);
    expect(stdout).toBe("");
  });

  it.each(programs)("$where runs", { timeout: 60_000 }, async ({ file }) => {
    const options = { cwd: root, timeout: 50_000, env: { ...process.env, ...takesBuilt } };
    await run(process.execPath, ["--import", "tsx", file], options);
  });
});

describe("manifests in the documents", () => {
  it.each(of("yaml"))("$where can be applied", async ({ text }) => {
    await using cluster = new Cluster({ images: path.join(root, "workers"), runtime: "hollow" });
    await cluster.start();
    expect(await cluster.apply(text)).not.toEqual([]);
  });
});

describe("commands in the documents", () => {
  /** What is not carried out here, and why. */
  const elsewhere: Record<string, string> = {
    "npm ci": "carried out by .ci/run, and before this run",
    "npm test": "this very run",
    "npm run fix": "would change files",
    "npx vitest run src/store": "a part of this very run",
    "npm run demo": "carried out by .ci/run",
    "npm run ok": "its parts are carried out by .ci/run",
    "npm run example": "carried out by .ci/run, with --auto",
    "npm run bench": "takes minutes; `npm run bench -- --list` is carried out here",
    "npm run bench -- messages": "takes minutes",
    "npm run bench -- --full": "takes many minutes",
  };
  const commands = of("sh").flatMap(({ where, text }) =>
    text.split("\n").map(line => ({ where, command: line.replace(/\s+#.*$/, "").trim() })),
  );

  it.each(commands.filter(({ command }) => command !== "" && !(command in elsewhere)))(
    "$where: $command",
    { timeout: 120_000 },
    async ({ command }) => {
      await run("bash", ["-c", command], { cwd: root, timeout: 110_000 });
    },
  );
});

/**
 * The documents run. Every TypeScript snippet is type-checked and executed, every manifest is applied, every command is
 * carried out, here or by .ci/run. A snippet that speaks of `cluster` without making one gets a running one, with the
 * manifests of docs/for-snippets.yaml applied.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Cluster } from "k4s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, takesBuilt } from "./built.ts";

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
for await (const found of cluster.discovery.watch("calculator"))
  if (found?.endpoints.filter(({ ready }) => ready).length === 2) break;
${body}`;
}

/** Programs without their types, `x.mjs` beside each `x.ts`: all in a moment, where tsx costs every process half a second. */
async function withoutTypes(files: string[]): Promise<void> {
  await build({
    entryPoints: files,
    outdir: scratch,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    alias: { k4s: path.join(built, "index.js"), "k4s/testing": path.join(built, "testing.js") },
    external: [path.join(built, "*")],
    platform: "node",
    format: "esm",
    target: "node20",
  });
}

describe("TypeScript in the documents", () => {
  const programs = of("ts", "typescript").map(snippet => {
    const name = snippet.where.replaceAll(/\W+/g, "-");
    const at = (extension: string) => path.join(scratch, name + extension);
    return { where: snippet.where, file: at(".ts"), runs: at(".mjs"), text: programOf(snippet) };
  });
  const files = programs.map(({ file }) => file);

  beforeAll(async () => {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    for (const { file, text } of programs) await writeFile(file, `${text}\nexport {};\n`);
    await withoutTypes(files);
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it("has the types it claims", { timeout: 60_000 }, async () => {
    const config = path.join(scratch, "tsconfig.json");
    const compilerOptions = { noUnusedLocals: false };
    const text = { extends: "../../tsconfig.json", compilerOptions, files, include: [] };
    await writeFile(config, JSON.stringify(text));
    const tsc = path.join(root, "node_modules/@typescript/native/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", config]).catch(error => error);
    expect(stdout).toBe("");
  });

  // Several at a time: each is a process of its own, and waits more than it computes.
  it.concurrent.each(programs)("$where runs", { timeout: 60_000 }, async ({ runs }) => {
    await run(process.execPath, [runs], { cwd: root, timeout: 50_000 });
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
    "K4S_TEST_STORE=slow npx vitest run src/{controllers,loop,scheduler,network}": "carried out by .ci/run",
    "npm run demo": "carried out by .ci/run",
    "npm run ok": "its parts are carried out by .ci/run",
    "npm run example": "carried out by .ci/run, with --auto",
    "npm run bench": "takes minutes; `npm run bench -- --list` is carried out here",
    "npm run bench -- messages": "takes minutes",
    "npm run bench -- --full": "takes many minutes",
    "npm run chaos": "takes minutes",
    "npm run chaos -- --quick": "carried out by .ci/run",
    "npm run chaos -- --part data --kills 1000": "takes an hour",
    "npm run chaos -- --part etcd --namespaces": "takes minutes, and root",
    "npm run simulate -- --seeds 1..1000": "takes an hour",
    "npm run simulate -- --replay 17 --step": "waits for Enter after each step",
  };
  const commands = of("sh").flatMap(({ where, text }) =>
    text.split("\n").map(line => ({ where, command: line.replace(/\s+#.*$/, "").trim() })),
  );

  it.concurrent.each(commands.filter(({ command }) => command !== "" && !(command in elsewhere)))(
    "$where: $command",
    { timeout: 120_000 },
    async ({ command }) => {
      await run("bash", ["-c", command], {
        cwd: root,
        timeout: 110_000,
        env: { ...process.env, ...takesBuilt },
      });
    },
  );
});

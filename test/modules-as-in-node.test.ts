/**
 * A module runs as Node would run it: the same programs (modules/programs.ts) in plain `node`, or `tsx` where they are
 * TypeScript, and in a container, as a thread and as a child process. What they print, the code that they exit with and the
 * lines of their stack traces are the same. The folder has everything in its name that a path may be misread for.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Cluster, type Pod } from "k4s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Program } from "./modules/program.ts";
import { programs } from "./modules/programs.ts";

const require = createRequire(import.meta.url);
/** What the command `tsx` starts Node with. The command itself is a second process, which would take as long again. */
const tsx = [
  "--require",
  require.resolve("tsx/preflight"),
  "--import",
  pathToFileURL(require.resolve("tsx")).href,
];

let folder: string;
let cluster: Cluster;

beforeAll(async () => {
  folder = path.join(
    await realpath(await mkdtemp(path.join(tmpdir(), "k4s-modules-"))),
    "a course, #1 %41 [x] {y} * ü",
  );
  await mkdir(folder);
  cluster = new Cluster({ images: folder, onFault: fault => expect(fault).toBeUndefined() });
  await cluster.start();
});
afterAll(async () => {
  await cluster.stop();
  await rm(path.dirname(folder), { recursive: true });
});

interface Seen {
  readonly exitCode: number;
  readonly printed: readonly string[];
  /** What Node says of an error that ended it, without the stack. */
  readonly told: readonly string[];
  /** The line of the program that Node shows above that, and its mark; undefined where it shows a line of its own. */
  readonly source: string | undefined;
  /** Where the program's own files are in the stack of the error that ended it. */
  readonly stack: readonly string[];
}

async function write(program: Program, name: string): Promise<string> {
  for (const [file, text] of Object.entries(program.files)) {
    const at = path.join(folder, name, file);
    await mkdir(path.dirname(at), { recursive: true });
    await writeFile(at, text);
  }
  const entry = Object.keys(program.files).find(file => /^[\w-]+\.[cm]?[jt]s$/.test(file)) ?? "";
  return `${name}/${entry}`;
}

function inNode(file: string): Promise<Seen> {
  const loader = /\.[cm]?ts$/.test(file) ? tsx : [];
  // A program that waits for ever in a container is told to stop; here, too.
  const options = { env: { PATH: process.env.PATH }, cwd: process.cwd(), timeout: 30_000 };
  return new Promise(resolve => {
    const args = [...loader, path.join(folder, file), "one", "--two=2"];
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === "number" ? error.code : 0;
      resolve({ exitCode, printed: linesOf(stdout), ...ending(exitCode === 0 ? "" : stderr) });
    });
  });
}

async function inContainer(file: string, runtimeClassName: string, of = path.dirname(file)): Promise<Seen> {
  const name = `${of}-${runtimeClassName}`;
  const container = { name: "main", image: file, args: ["one", "--two=2"] };
  await cluster.apply({
    kind: "Pod",
    metadata: { name },
    spec: { restartPolicy: "Never", runtimeClassName, containers: [container] },
  });
  const ended = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]?.state?.terminated;
  await cluster.waitFor(`Pod/${name}`, pod => ended(pod as Pod) !== undefined, { timeoutMs: 30_000 });
  const { exitCode = -1 } = ended(await cluster.get("Pod", name)) ?? {};
  const log = await cluster.logs(`Pod/${name}`);
  // Where Node tells how it ended, or warns, stderr begins.
  const end = log.search(
    /^(?:\S.*:\d+\n.*\n\s*\^|\n.*\n\(Use|\n?\[?\w*Error\b|Unhandled|.*\n\nNode\.js v|Warning:|\(node:)/m,
  );
  const printed = end < 0 ? log : log.slice(0, end);
  return { exitCode, printed: linesOf(printed), ...ending(exitCode === 0 ? "" : log.slice(printed.length)) };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter(line => line !== "");
}

/** What is told on stderr when a program ends. What is told of Node's own code differs with the way in. */
function ending(stderr: string): Pick<Seen, "told" | "source" | "stack"> {
  // A newer Node warns of an await that never settles; of one in a thread it tells the program around.
  const text = stderr.replace(/^Warning: Detected unsettled.*\n.*\n.*\^\n/m, "");
  const [block = "", place = "", source] = /^(.*):\d+\n(.*\n\s*\^+)\n/m.exec(text) ?? [];
  const told = linesOf(text.replace(block, "")).filter(
    line => !/^ +at |lines matching|^Node\.js v|^\(Use `node --trace-warnings/.test(line),
  );
  const isOwn = place.includes("k4s-modules-");
  return {
    told: told.map(line => line.replace(/ \{$/, "")),
    source: isOwn ? `${place}\n${source}` : undefined,
    stack: stackOf(text),
  };
}

function stackOf(text: string): string[] {
  return text
    .split("\n")
    .filter(line => line.startsWith("    at ") && line.includes("k4s-modules-"))
    .map(line => line.trim());
}

describe("in a thread and in a child process", () => {
  it.each(programs.map((program, n) => [program.about, program, `p${n}`] as const))(
    "%s",
    { timeout: 60_000 },
    async (_, program, name) => {
      const file = await write(program, name);
      const [inPlainNode, thread, child] = await Promise.all([
        inNode(file),
        inContainer(file, "thread"),
        inContainer(file, "process"),
      ]);
      // A thread shows a line of the program where Node shows one of its own, and none for what has no stack.
      const isShown = inPlainNode.source !== undefined;
      const isShownByThread = isShown && !program.throwsNoError;
      const comparable = (seen: Seen, isShown: boolean) => ({
        ...seen,
        source: isShown ? seen.source : inPlainNode.source,
      });
      expect(comparable(thread, isShownByThread), "as a thread").toEqual(inPlainNode);
      expect(comparable(child, isShown), "as a process").toEqual(inPlainNode);
    },
  );
});

it.each(["main.mjs", "main.cjs", "main.ts"])(
  "an entry that a link leads to has the link's name in its arguments: %s",
  { timeout: 60_000 },
  async file => {
    const program = { about: "", files: { [file]: "console.log(process.argv.slice(1));" } };
    const at = path.join(folder, "linked");
    await write(program, "linked/really");
    await symlink(path.join(at, "really", file), path.join(at, file));
    await symlink(path.join(at, "really"), path.join(at, `folder-${path.extname(file).slice(1)}`));
    for (const named of [file, `folder-${path.extname(file).slice(1)}/${file}`]) {
      const inPlainNode = await inNode(`linked/${named}`);
      const name = `linked-${named.replaceAll(/[/.]/g, "-")}`;
      for (const runtimeClassName of ["thread", "process"])
        expect(await inContainer(`linked/${named}`, runtimeClassName, name)).toEqual(inPlainNode);
    }
  },
);

describe("an image that was pulled", () => {
  const files = (word: string) => ({
    "esm/v1.mjs": `import { word } from "./word.mjs"; console.log("${word}", word);`,
    "esm/word.mjs": `export const word = "${word}";`,
    "commonjs/v1.cjs": `if (require.main === module) console.log("${word}", require("./word.cjs"));`,
    "commonjs/word.cjs": `module.exports = "${word}";`,
    "data/v1.cjs": `console.log("${word}", require("./word.json"));`,
    "data/word.json": `"${word}"`,
    "imported/v1.mjs": `import word from "./word.json" with { type: "json" }; console.log("${word}", word);`,
    "imported/word.json": `"${word}"`,
    "one/v1.ts": `import { word } from "./word.ts"; console.log("${word}", word);`,
    "one/word.ts": `export const word: string = "${word}";`,
    "tsx/v1.mts": `import { word } from "./word.ts"; const w: string = "${word}"; console.log(w, word, typeof import.meta.url);`,
    "tsx/word.ts": `export const word: string = "${word}";`,
    "required/v1.ts": `import { word } from "./word"; const w: string = "${word}"; console.log(w, word, typeof __filename);`,
    "required/word.ts": `export const word: string = "${word}";`,
  });

  it.each(["esm", "commonjs", "data", "imported", "one", "tsx", "required"])(
    "stays as it was, if it has a tag: %s",
    { timeout: 60_000 },
    async image => {
      const run = async (name: string, image: string) => {
        const containers = [{ name: "main", image }];
        await cluster.apply({
          kind: "Pod",
          metadata: { name },
          spec: { restartPolicy: "Never", containers },
        });
        await cluster.waitFor(`Pod/${name}`, pod => (pod as Pod).status?.phase === "Succeeded");
        return (await cluster.logs(`Pod/${name}`)).split(" ").slice(0, 2).join(" ").trim();
      };
      const [file = ""] = Object.keys(files("")).filter(name => name.startsWith(image));
      await write({ about: "", files: files("old") }, "kept");
      expect(await run(`${image}-1`, `kept/${image}:v1`)).toBe("old old");
      await write({ about: "", files: files("newer") }, "kept");
      expect(await run(`${image}-2`, `kept/${image}:v1`)).toBe("old old");
      // Without a tag it is looked at again.
      expect(await run(`${image}-3`, `kept/${file}`)).toBe("newer newer");
    },
  );
});

describe("k4s in a worker", () => {
  const asks = "console.log(new MessageError('WorkerFailed', 'x') instanceof K4sError, typeof ApiError);";
  const imported = `import { ApiError, K4sError, MessageError, Cluster } from "k4s"; ${asks}
    try { new Cluster(); } catch (error) { console.log(String(error)); }`;
  const files = {
    "k4s/native.mjs": imported,
    "k4s/required.cjs": `const { ApiError, K4sError, MessageError } = require("k4s"); ${asks}`,
    "k4s/one.ts": imported,
    "k4s/placed.ts": `${imported} console.log(typeof __filename, import.meta.url.length > 0);`,
  };

  it.each(Object.keys(files))("is its errors, wherever it lies: %s", { timeout: 60_000 }, async file => {
    await write({ about: "", files }, "of");
    for (const runtimeClassName of ["thread", "process"]) {
      const name = `${path.basename(file).replace(".", "-")}-${runtimeClassName}`;
      const containers = [{ name: "main", image: `of/${file}` }];
      const spec = { restartPolicy: "Never", runtimeClassName, containers };
      await cluster.apply({ kind: "Pod", metadata: { name }, spec });
      await cluster.waitFor(`Pod/${name}`, pod => /Succeeded|Failed/.test((pod as Pod).status?.phase ?? ""));
      expect(await cluster.logs(`Pod/${name}`)).toMatch(
        /^true function\n(Error: a worker cannot make a Cluster.*\n)?/,
      );
    }
  });
});

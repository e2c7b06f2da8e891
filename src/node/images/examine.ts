/**
 * Looks at a module once, when it is pulled: which files of its own it consists of, and how it is to be loaded. esbuild
 * follows its imports. JavaScript is loaded by Node itself, from its own place, so that all it finds is what it finds in
 * plain `node`. TypeScript is what `tsx` makes of it, again in its own place; where esbuild shows that nothing in it
 * depends on the place or on the loader, one file is made of it beforehand (one-file.ts), which loads forty times quicker.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Message, Plugin } from "esbuild";
import type { Code } from "../../worker/index.ts";
import { keptTexts } from "./kept.ts";
import { type Graph, type OneFile, oneFileOf } from "./one-file.ts";
import { entryIs, moduleSystemOf, workerSideFile } from "./places.ts";

/** What was found, and the files that it depends on. */
export interface Examined {
  readonly code: Code;
  /** The image's own files, absolute paths, and the text of each. */
  readonly files: ReadonlyMap<string, string>;
  /** Other files that the result depends on. */
  readonly others: readonly string[];
  /** Where one file has been made of the image: its text, to be kept at `code.oneFile`. */
  readonly oneFile: OneFile | undefined;
}

/** The module cannot be read; the message has file, line and what is wrong. */
class Unreadable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "UnreadableImage";
  }
}

/**
 * @param filename the module, an absolute path
 * @param folder where the one file is to be kept, in case one is made
 */
export async function examine(filename: string, folder: string | undefined): Promise<Examined> {
  const isTypeScript = /^\.[cm]?tsx?$/.test(extname(filename));
  const oneFile = isTypeScript && folder !== undefined ? await oneFileOf(filename, folder) : undefined;
  const graph = oneFile ?? (await graphOf(filename));
  const files = new Map(graph.files.map(file => [file, readFileSync(file, "utf8")]));
  const code: Code = {
    ...measured(filename, files),
    loader: oneFile ? "one-file" : isTypeScript ? "tsx" : "node",
    isCommonJs: graph.isCommonJs,
    script: graph.script,
    exports: graph.exports,
    config: undefined,
    oneFile: oneFile?.filename,
    hooks: graph.importsK4s && !oneFile ? { k4s: workerSide(), texts: {} } : undefined,
  };
  return { code, files, others: oneFile?.packages ?? [], oneFile };
}

/** The code of a file that imports nothing, as Node loads it. */
export function codeOfFile(filename: string): Code {
  const text = readFileSync(filename, "utf8");
  const isCommonJs = moduleSystemOf(filename) === "commonjs";
  return {
    ...measured(filename, new Map([[filename, text]])),
    loader: "node",
    isCommonJs,
    script: false,
    exports: undefined,
    config: undefined,
    oneFile: undefined,
    hooks: undefined,
  };
}

/** The code, with the texts that its files had when it was examined, whatever they say by now. */
export async function asExamined({ code, files }: Examined): Promise<Code> {
  if (code.loader === "one-file") return code;
  return { ...code, hooks: { k4s: workerSide(), texts: await keptTexts(files, code.loader) } };
}

function workerSide() {
  return {
    import: pathToFileURL(workerSideFile("module")).href,
    require: pathToFileURL(workerSideFile("commonjs")).href,
  };
}

/** By the content alone: the same files are the same image wherever they lie. */
function measured(filename: string, files: ReadonlyMap<string, string>) {
  const hash = createHash("sha256");
  let size = 0;
  for (const text of files.values()) {
    hash.update(`${text.length}\n`).update(text);
    size += Buffer.byteLength(text);
  }
  return { filename, digest: hash.digest("hex"), size };
}

/**
 * Follows what is imported and required by path, as far as that can be found. What the entry imports statically must exist and
 * be readable, or the image is refused; other mistakes are left to Node, which tells of them when it loads the file.
 */
async function graphOf(filename: string): Promise<Graph> {
  const { build } = await import("esbuild");
  let importsK4s = false;
  const needed = new Set([filename]);
  const data = new Set<string>();
  const follow: Plugin = {
    name: "follow",
    setup(build) {
      build.onResolve({ filter: /./ }, async ({ path, kind, pluginData, ...from }) => {
        if (kind === "entry-point" || pluginData === "looking") return undefined;
        if (path === "k4s") importsK4s = true;
        if (!/^(?:\.|\/|[A-Za-z]:[\\/])/.test(path)) return { path, external: true };
        const look = (path: string) => build.resolve(path, { kind, ...from, pluginData: "looking" });
        let found = await look(
          kind.startsWith("import-") || kind === "dynamic-import" ? pathOfUrl(path) : path,
        );
        if (found.errors.length > 0) found = await look(path);
        const isNeeded = kind === "import-statement" && needed.has(from.importer);
        if (found.errors.length > 0) return isNeeded ? found : { path, external: true };
        if (isNeeded) needed.add(found.path);
        if (extname(found.path) === ".json") data.add(found.path);
        return /^\.[cm]?[jt]sx?$/.test(extname(found.path)) ? found : { path, external: true };
      });
    },
  };
  const folder = dirname(filename);
  try {
    const { metafile } = await build({
      absWorkingDir: folder,
      bundle: true,
      entryPoints: ["entry"],
      format: "esm",
      logLevel: "silent",
      metafile: true,
      platform: "node",
      plugins: [entryIs(filename), follow],
      target: "esnext",
      tsconfigRaw: {},
      write: false,
    });
    const inputs = Object.entries(metafile.inputs);
    const entry = inputs.find(([input]) => resolve(folder, input) === filename)?.[1];
    const [output] = Object.values(metafile.outputs);
    const isCommonJs = entry?.format === "cjs" || moduleSystemOf(filename) === "commonjs";
    return {
      files: [...new Set([filename, ...inputs.map(([input]) => resolve(folder, input)), ...data])],
      isCommonJs: isCommonJs && entry?.format !== "esm",
      script: entry?.format === "esm" && output?.exports.length === 0,
      exports: entry?.format === "esm" ? output?.exports : undefined,
      importsK4s,
    };
  } catch (error) {
    const { errors = [] } = error as { errors?: readonly Message[] };
    const told = errors.filter(({ location }) => location && needed.has(resolve(folder, location.file)));
    const fatal: Message[] = [];
    for (const message of told) {
      const file = resolve(folder, message.location?.file ?? "");
      if (message.text.startsWith("Could not resolve") || !(await canBeRead(file))) fatal.push(message);
    }
    if (fatal.length > 0) throw explained(fatal, error);
    if (errors.length === 0) throw error;
    const isCommonJs = moduleSystemOf(filename) === "commonjs";
    return { files: [filename], isCommonJs, script: false, exports: undefined, importsK4s: true };
  }
}

/**
 * Whether the file is right in itself. Much of what cannot be put into one file with others is no mistake: sloppy code, an
 * assignment to an import that the program catches, a name such as `await`. That is left to Node.
 */
async function canBeRead(file: string): Promise<boolean> {
  const text = withoutMark(readFileSync(file, "utf8"));
  const isTypeScript = /^\.[cm]?ts$/.test(extname(file));
  try {
    if (isTypeScript || moduleSystemOf(file) === "module") await readAsModule(text, isTypeScript);
    else await readAsCommonJs(text);
    return true;
  } catch {
    return false;
  }
}

async function readAsModule(text: string, isTypeScript: boolean): Promise<void> {
  const { transform } = await import("esbuild");
  await transform(text, { loader: isTypeScript ? "ts" : "js", logLevel: "silent", target: "esnext" });
}

/** V8 reads it as the function that Node makes of such a file. What it does not know may be an ES module by its syntax. */
async function readAsCommonJs(text: string): Promise<void> {
  const { compileFunction } = await import("node:vm");
  try {
    compileFunction(text.replace(/^#!/, "//"), ["exports", "require", "module", "__filename", "__dirname"]);
  } catch {
    await readAsModule(text, false);
  }
}

/** Without a byte order mark, as Node reads a file. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** An ES module is imported by URL: `./a%20b.mjs?v=1` is the file `a b.mjs`. */
function pathOfUrl(url: string): string {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/, ""));
  } catch {
    // A % that encodes nothing.
    return url;
  }
}

function explained(errors: readonly Message[], cause: unknown): Unreadable {
  const lines = errors.map(({ text, location }) =>
    location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
  );
  return new Unreadable(lines.join("\n"), { cause });
}

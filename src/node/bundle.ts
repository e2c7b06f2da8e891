/**
 * Makes a module into one piece of JavaScript that a thread can load: esbuild, once per content. The bundle holds the
 * module and what it imports by path; packages stay outside and are required from where the module lies, so that native
 * ones work and none is loaded twice. `import … from "k4s"` leads to the worker's side of k4s (worker/worker-side.ts).
 *
 * A CommonJS bundle starts quickest. Only a module that awaits at its top level cannot be one: it becomes an ES module,
 * whose packages are pinned to the files that they are now.
 */
import { createHash } from "node:crypto";
import { dirname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildOptions, Message, Plugin, PluginBuild } from "esbuild";
import type { Code } from "../worker/index.ts";

/** A bundle, and the files that it was made from. */
export interface Bundle {
  readonly code: Code;
  /** Absolute paths. */
  readonly inputs: readonly string[];
}

/** The module cannot be made into something that runs; the message has file, line and what is wrong. */
class BundleError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "BundleError";
  }
}

/** @param filename the module, an absolute path. */
export async function bundle(filename: string): Promise<Bundle> {
  try {
    return await build(filename, "commonjs");
  } catch (error) {
    if (!failuresOf(error).some(awaitsAtTopLevel)) throw explained(error);
  }
  try {
    return await build(filename, "module");
  } catch (error) {
    throw explained(error);
  }
}

async function build(filename: string, format: "commonjs" | "module"): Promise<Bundle> {
  const esbuild = await import("esbuild");
  const result = await esbuild.build<BuildOptions & { write: false; metafile: true }>({
    ...(format === "commonjs" ? commonjs(filename) : { format: "esm", plugins: [packagesArePinned] }),
    absWorkingDir: dirname(filename),
    bundle: true,
    entryPoints: [filename],
    external: ["*.node"],
    logLevel: "silent",
    metafile: true,
    platform: "node",
    sourcemap: "inline",
    sourcesContent: true,
    target: "node20",
    write: false,
  });
  const text = result.outputFiles[0]?.text ?? "";
  const folder = dirname(filename);
  const inputs = new Map(
    Object.entries(result.metafile.inputs)
      .filter(([input]) => !input.startsWith(`${workerSide}:`))
      .map(([input, about]) => [resolve(folder, input), about]),
  );
  const script = inputs.get(filename)?.format !== "cjs" && !exportsSomething(text);
  return { code: codeFrom(text, { filename, format, script }), inputs: [...inputs.keys()] };
}

/** With what is to be known of the text itself. */
export function codeFrom(text: string, about: Pick<Code, "filename" | "format" | "script">): Code {
  // Who evaluates text may import in there.
  const mayImport = /\bimport\s*\(|\beval\b|\bFunction\b/.test(text);
  return { digest: digestOf(text), text, ...about, reusable: about.format === "commonjs" && !mayImport };
}

/** How esbuild writes a bundle whose entry exports something; if it is only a part of it that does, no harm is done. */
function exportsSomething(text: string): boolean {
  return /^(?:__export\(|__reExport\(|export \{|module\.exports = require_)/m.test(text);
}

/** Of the content alone, so that the same code is the same image wherever it came from. */
function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Packages stay outside; what an ES module knows of itself is defined. */
function commonjs(filename: string): BuildOptions {
  return {
    format: "cjs",
    packages: "external",
    plugins: [workerSideInside],
    define: {
      "import.meta.url": "__k4s_url",
      "import.meta.filename": "__filename",
      "import.meta.dirname": "__dirname",
    },
    banner: { js: `const __k4s_url = ${JSON.stringify(pathToFileURL(filename).href)};` },
  };
}

const workerSide = "k4s-worker-side";
const workerSideText = 'module.exports = globalThis[Symbol.for("k4s.worker-side")];';

function offerWorkerSide(build: PluginBuild): void {
  build.onResolve({ filter: /^k4s$/ }, () => ({ path: "k4s", namespace: workerSide }));
  build.onLoad({ filter: /./, namespace: workerSide }, () => ({ contents: workerSideText, loader: "js" }));
}

const workerSideInside: Plugin = { name: workerSide, setup: offerWorkerSide };

/** For an ES module that has no place of its own to look for packages from. */
const packagesArePinned: Plugin = {
  name: "packages-are-pinned",
  setup(build) {
    offerWorkerSide(build);
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, pluginData, importer, resolveDir }) => {
      if (kind === "entry-point" || pluginData === "pinning") return undefined;
      const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: "pinning" });
      if (found.errors.length > 0 || found.external || !isAbsolute(found.path)) return found;
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

function failuresOf(error: unknown): readonly Message[] {
  const { errors } = error as { errors?: readonly Message[] };
  return errors ?? [];
}

function awaitsAtTopLevel({ text }: Message): boolean {
  return text.startsWith("Top-level await");
}

function explained(error: unknown): unknown {
  const failures = failuresOf(error);
  if (failures.length === 0) return error;
  const lines = failures.map(({ text, location }) =>
    location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
  );
  return new BundleError(lines.join("\n"), { cause: error });
}

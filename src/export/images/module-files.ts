/**
 * What of a module goes into an image: JavaScript as it lies there; of TypeScript one file of JavaScript, for Node itself is to run it; and what
 * lies beside it. Packages are named, with the versions that were found, and installed when the image is built.
 */
import { readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { build, type Metafile } from "esbuild";
import { filesNamedIn, moduleSystemOf } from "../../node/index.ts";
import { filesBeside } from "./files-beside.ts";
import { keptPlaces } from "./kept-places.ts";

export interface ModuleFiles {
  /** The module, as it is called in the image. */
  readonly entry: string;
  /** Its text, those of the files that it imports by path, and what lies beside it, by their paths in the image. */
  readonly files: ReadonlyMap<string, string | Buffer>;
  readonly system: "module" | "commonjs";
  /** By name, the version that was found; undefined where there is none. */
  readonly packages: ReadonlyMap<string, string | undefined>;
  /** Imports that are computed, so that nobody knows what they mean before the program runs. */
  readonly isOpen: boolean;
  /** Why the files beside it do not go along. */
  readonly problem?: string | undefined;
  /** Files that it names and that do not go along: they are not there, or lie outside of the images folders. */
  readonly lost: readonly string[];
  /** It reads files, and which they are is not all to be seen: those beside it may be among them. */
  readonly readsUnknown: boolean;
}

/** @param folders the images folders */
export async function moduleFiles(filename: string, folders: readonly string[]): Promise<ModuleFiles> {
  const isTypeScript = /^\.[cm]?tsx?$/.test(extname(filename));
  const system = moduleSystemOf(filename) ?? (isTypeScript ? "commonjs" : undefined);
  const format = system === "commonjs" ? "cjs" : "esm";
  const { metafile, outputFiles, warnings } = await build({
    absWorkingDir: dirname(filename),
    bundle: true,
    entryPoints: [filename],
    format,
    keepNames: true,
    loader: { ".node": "file", ".wasm": "file" },
    logLevel: "silent",
    logOverride: { "unsupported-dynamic-import": "warning", "unsupported-require-call": "warning" },
    metafile: true,
    outdir: "out",
    packages: "external",
    platform: "node",
    target: "node20",
    write: false,
    ...(isTypeScript && keptPlaces(filename, format)),
  });
  const inputs = Object.keys(metafile.inputs).map(input => join(dirname(filename), input));
  const packages = packagesOf(metafile, dirname(filename));
  const isOpen = warnings.some(
    ({ id }) => id === "unsupported-dynamic-import" || id === "unsupported-require-call",
  );
  const beside = await filesBeside(filename, folders);
  const named = await namedIn(inputs);
  const lost = named.filter(file => !goesAlong(file, [...inputs, ...beside.files.keys()]));
  const readsUnknown =
    !beside.isWhole && Object.values(metafile.inputs).some(({ imports }) => imports.some(readsFiles));
  const usual = { packages, isOpen, problem: beside.problem, lost, readsUnknown };
  const others = [...beside.files].filter(
    ([file, target]) => !inputs.includes(file) && statSync(target, { throwIfNoEntry: false })?.isFile(),
  );
  const root = commonFolder([...(isTypeScript ? [filename] : inputs), ...others.map(([file]) => file)]);
  const inImage = (file: string) => relative(root, file).split(sep).join("/");
  const files = new Map<string, string | Buffer>();
  for (const [file, target] of others) files.set(inImage(file), readFileSync(target));
  if (isTypeScript) {
    const text = outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "";
    const entry = inImage(filename).replace(/\.\w+$/, system === "commonjs" ? ".cjs" : ".mjs");
    return { ...usual, entry, files: new Map([...files, [entry, text]]), system: system ?? "module" };
  }
  for (const file of inputs) files.set(inImage(file), readFileSync(file));
  const isModule = metafile.inputs[relative(dirname(filename), filename)]?.format === "esm";
  return { ...usual, entry: inImage(filename), files, system: system ?? (isModule ? "module" : "commonjs") };
}

async function namedIn(inputs: readonly string[]): Promise<string[]> {
  const modules = inputs.filter(file => /\.[cm]?[jt]sx?$/.test(file));
  const all = await Promise.all(modules.map(file => filesNamedIn(file, readFileSync(file, "utf8"))));
  return [...new Set(all.flat())];
}

/** The file itself, or something in the folder. */
function goesAlong(file: string, all: readonly string[]): boolean {
  return all.some(each => each === file || each.startsWith(file + sep));
}

function readsFiles({ path, external }: { readonly path: string; readonly external?: boolean }): boolean {
  return external === true && /^(?:node:)?fs(?:\/promises)?$/.test(path);
}

function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? ".");
  while (files.some(file => !file.startsWith(folder + sep)) && folder !== dirname(folder))
    folder = dirname(folder);
  return folder;
}

function packagesOf({ inputs }: Metafile, folder: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const [input, { imports }] of Object.entries(inputs)) {
    for (const { path, external } of imports) {
      if (!external || isBuiltin(path) || /^[./#<]/.test(path)) continue;
      const name = path
        .split("/")
        .slice(0, path.startsWith("@") ? 2 : 1)
        .join("/");
      // What k4s gives its workers the runtime gives them.
      if (name !== "k4s" && !found.has(name)) found.set(name, versionOf(name, dirname(join(folder, input))));
    }
  }
  return found;
}

/** As Node looks for it from this folder. */
function versionOf(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const text = readFileSync(join(at, "node_modules", name, "package.json"), "utf8");
      return (JSON.parse(text) as { readonly version?: string }).version;
    } catch {
      // Not in this folder: further up.
      if (at === dirname(at)) return undefined;
    }
  }
}

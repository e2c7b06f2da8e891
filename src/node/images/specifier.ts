/** What an import of a TypeScript image means from where it stands, as far as that is certain: one file, and no other. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, extname, isAbsolute, parse, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { OnResolveArgs, PluginBuild } from "esbuild";
import { moduleSystemOf, workerSideFile } from "./places.ts";

/** How a module is loaded. */
export type System = "module" | "commonjs";

interface Meant {
  readonly path: string;
  readonly external: boolean;
  readonly isPackage?: boolean;
}

/** What the specifier means from where it stands; undefined if that is not certain. */
export async function meant(
  args: OnResolveArgs,
  system: System,
  build: PluginBuild,
): Promise<Meant | undefined> {
  const { path, kind, importer, resolveDir } = args;
  if (kind !== "import-statement" && kind !== "dynamic-import") return undefined;
  if (isBuiltin(path)) return { path, external: true };
  if (path === "k4s") return { path: workerSideFile(system), external: true };
  const looking = { kind, importer, resolveDir, pluginData: "looking" };
  if (/^\.{1,2}\//.test(path)) {
    const found = await build.resolve(path, looking);
    return found.errors.length === 0 && isSole(resolve(resolveDir, path), found.path)
      ? { path: found.path, external: false }
      : undefined;
  }
  // A dynamic import is always one of an ES module, and so is looked up as such.
  if (kind === "dynamic-import" || !/^(?:@[\w.-]+\/)?[\w-]/.test(path)) return undefined;
  const file = system === "commonjs" ? required(path, importer) : (await build.resolve(path, looking)).path;
  if (!file?.includes(`${sep}node_modules${sep}`)) return undefined;
  const isLoadable =
    system === "commonjs"
      ? /^\.c?js$/.test(extname(file)) && moduleSystemOf(file) !== "module"
      : /^\.[cm]?js$/.test(extname(file));
  return isLoadable ? { path: file, external: true, isPackage: true } : undefined;
}

/** Whether nothing else could be meant than what was found: the very file, or the only one of its name. */
function isSole(asked: string, found: string): boolean {
  const name = basename(asked);
  const stem = existsSync(asked) ? name : /\.[cm]?js$/.test(name) ? parse(name).name : name;
  const candidates = readdirSync(dirname(asked)).filter(
    entry => entry === stem || parse(entry).name === stem || (existsSync(asked) && sameButTyped(entry, name)),
  );
  return candidates.length === 1 && candidates[0] === basename(found);
}

/** `x.ts` beside `x.js`: loaders differ in which of them they take. */
function sameButTyped(entry: string, name: string): boolean {
  return /\.[cm]?js$/.test(name) && /\.[cm]?tsx?$/.test(entry) && parse(entry).name === parse(name).name;
}

function required(path: string, importer: string): string | undefined {
  try {
    return createRequire(importer).resolve(path);
  } catch {
    return undefined;
  }
}

/** An absolute path, as an ES module imports it. */
export function written(path: string, system: System): string {
  return system === "module" && isAbsolute(path) ? pathToFileURL(path).href : path;
}

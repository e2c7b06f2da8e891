/** Where modules lie and what their place says about them, for what hands them to esbuild. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin, TsconfigRaw } from "esbuild";

/** Names the entry by its path. As an entry point as such, a path with `*` in it would be read as a pattern. */
export function entryIs(filename: string): Plugin {
  return {
    name: "entry",
    setup(build) {
      build.onResolve({ filter: /^entry$/ }, ({ kind }) =>
        kind === "entry-point" ? { path: filename } : undefined,
      );
    },
  };
}

/** As which kind of module Node loads the file; undefined where its syntax decides. */
export function moduleSystemOf(filename: string): "module" | "commonjs" | undefined {
  const extension = extname(filename);
  if (extension.startsWith(".m")) return "module";
  if (extension.startsWith(".c")) return "commonjs";
  const type = typeOfPackage(dirname(filename));
  return type === "module" || type === "commonjs" ? type : undefined;
}

/** The `type` in the nearest package.json, as Node looks for it. */
function typeOfPackage(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "package.json");
    if (existsSync(file)) return typeIn(file);
    if (at === dirname(at) || at.endsWith("node_modules")) return undefined;
  }
}

function typeIn(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { type?: unknown }).type;
  } catch {
    // Node refuses the package, and says why.
    return undefined;
  }
}

/** What tsx takes from tsconfig.json for a file: of the working directory's, if that includes the file. */
export async function tsconfigFor(file: string): Promise<TsconfigRaw> {
  const { createFilesMatcher, getTsconfig } = await import("get-tsconfig");
  const found = getTsconfig(process.cwd());
  return ((found && createFilesMatcher(found)(file)) ?? {}) as TsconfigRaw;
}

/** What tsx starts Node with, so that `fork` of a TypeScript file does the same. */
export function optionsOfTsx(): string[] {
  const { resolve } = createRequire(import.meta.url);
  return ["--require", resolve("tsx/preflight"), "--import", pathToFileURL(resolve("tsx")).href];
}

/** What `k4s` means inside of a worker (worker/k4s.mjs), for a module of this kind: an absolute path. */
export function workerSideFile(system: "module" | "commonjs"): string {
  const name = system === "module" ? "k4s.mjs" : "k4s.cjs";
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? `../../worker/${name}` : `./worker/${name}`, import.meta.url));
}

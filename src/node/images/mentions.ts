/**
 * What a file of a module needs beyond the files that it imports by path: packages, by their names, and files beside itself, by theirs. It
 * depends on the file alone, so that it is worked out again only when the file is another.
 */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, resolve } from "node:path";
import { filesNamedIn } from "./named-files.ts";

export interface Mentions {
  /** Undefined where esbuild cannot read the file. */
  readonly packages: readonly string[] | undefined;
  /** Absolute paths, whether anything is there or not. */
  readonly files: readonly string[];
}

export async function mentionsIn(file: string): Promise<Mentions> {
  return { packages: await packagesIn(file), files: await filesNamedIn(file, await readFile(file, "utf8")) };
}

async function packagesIn(file: string): Promise<string[] | undefined> {
  const { build } = await import("esbuild");
  const names = new Set<string>();
  try {
    const { metafile } = await build({
      absWorkingDir: dirname(file),
      bundle: true,
      entryPoints: [file],
      format: "esm",
      logLevel: "silent",
      metafile: true,
      outdir: "out",
      platform: "node",
      plugins: [{ name: "all", setup: ({ onResolve }) => onResolve({ filter: /./ }, outsideOf) }],
      tsconfigRaw: {},
      write: false,
    });
    const { imports = [] } = Object.entries(metafile.inputs).find(
      ([input]) => resolve(dirname(file), input) === file,
    )?.[1] ?? { imports: [] };
    for (const { path } of imports) if (isPackage(path)) names.add(packageOf(path));
  } catch {
    return undefined;
  }
  return [...names];
}

function outsideOf({ path, kind }: { readonly path: string; readonly kind: string }) {
  return kind === "entry-point" ? undefined : { path, external: true };
}

function isPackage(path: string): boolean {
  return !isBuiltin(path) && !/^(?:[./#<]|[A-Za-z]:[\\/]|[a-z]+:)/.test(path);
}

function packageOf(path: string): string {
  return path
    .split("/")
    .slice(0, path.startsWith("@") ? 2 : 1)
    .join("/");
}

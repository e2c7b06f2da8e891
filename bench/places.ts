/** Where things lie, found from wherever this runs: from the source through tsx, or from the built rows in bench/dist. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
/** The folder of the modules that k4s runs as images here, and of the load they are put under. */
export const workers = join(root, "bench", "workers");
export const peersFolder = join(root, "bench", "peers");
/** The k4s that is measured; another build of it where K4S_BENCH_DIST names its folder. */
export const dist = process.env.K4S_BENCH_DIST ?? join(root, "dist");
export const builtRows = join(root, "bench", "dist", "rows");

/** The URL of a file of the repository, for a dynamic import or a thread. */
export function urlOf(...path: string[]): string {
  return pathToFileURL(join(root, ...path)).href;
}

function findRoot(folder: string): string {
  const manifest = join(folder, "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "k4s") return folder;
  if (dirname(folder) === folder) throw new Error("The benchmarks lie outside the k4s repository.");
  return findRoot(dirname(folder));
}

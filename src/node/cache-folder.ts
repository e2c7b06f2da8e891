/** Where things that can be made again are kept between runs: node_modules/.cache/k4s of the project one works in. */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Undefined where no node_modules is found at or above the working directory. */
export function cacheFolder(from: string = process.cwd()): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (statSync(modules, { throwIfNoEntry: false })?.isDirectory()) return join(modules, ".cache", "k4s");
    if (folder === dirname(folder)) return undefined;
  }
}

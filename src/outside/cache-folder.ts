/** Where and how things that can be made again are kept between runs: node_modules/.cache/k4s of the project one works in. */
import { mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Undefined where no node_modules is found at or above the working directory. */
export function cacheFolder(from: string = process.cwd()): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (statSync(modules, { throwIfNoEntry: false })?.isDirectory()) return join(modules, ".cache", "k4s");
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * A part of the name for what V8 has compiled: it takes back only what a V8 of the same version, flags and processor has made,
 * and who runs now with flags and now without is to keep both. V8 has a number for that, but to be asked for it node:v8 has to
 * be loaded, which is a hundredth of the way to a first answer.
 */
export function compiledBy(): string {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(" ")];
  const flags = options.filter(option => option.startsWith("--")).join("");
  return `${process.version}-${process.arch}${flags.replace(/[^\w=-]+/g, "_").slice(0, 100)}`;
}

/** Keeps what can be made again. Where that cannot be written it is made again each time, and nothing else is lost. */
export function writeIfPossible(file: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeWhole(file, content);
  } catch {
    // A cache that cannot be written is no cache.
  }
}

/** Written beside and moved into place: another thread or process never sees half a file. Throws as node:fs does. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const draft = `${file}.${process.pid}-${process.hrtime.bigint()}`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}

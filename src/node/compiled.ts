/**
 * The bootstrap of threads as V8 has compiled it, kept on disk between runs, as bundles of images are. A thread shares no
 * compiled code with another, and compiling was a tenth of what starting one costs; with this it only has to be read. V8 refuses
 * what does not fit (other flags), and compiles as usual.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import type { CompiledScript } from "../worker/index.ts";
import { cacheFolder, writeIfPossible } from "./cache-folder.ts";

/** @param filename a CommonJS file */
export function compiledScript(filename: string): CompiledScript {
  const text = `(function (require, module, __filename) {${readFileSync(filename, "utf8")}\n})`;
  const file = placeFor(filename);
  const kept = file === undefined ? undefined : read(file);
  if (kept) return { filename, text, compiled: kept };
  const compiled = new vm.Script(text, { filename }).createCachedData();
  if (file !== undefined) writeIfPossible(file, compiled);
  return { filename, text, compiled };
}

/**
 * By what compiles it, and by the state of its file: V8 itself compares no more of a text than its length. A digest would say
 * more, but the first thread waits for this, and would have to wait for all of node:crypto.
 */
function placeFor(filename: string): string | undefined {
  const { size, mtimeMs } = statSync(filename);
  const folder = cacheFolder();
  return folder && join(folder, `thread-${process.version}-${process.arch}-${size}-${mtimeMs}`);
}

function read(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/**
 * The bootstrap of threads as V8 has compiled it, kept on disk between runs, as bundles of images are. A thread shares no
 * compiled code with another, and compiling was a tenth of what starting one costs; with this it only has to be read. V8 refuses
 * what does not fit (other flags), and compiles as usual.
 *
 * It is kept twice. What the main thread makes lacks the functions inside, which V8 compiles when they are first called; the
 * first spare thread that has rehearsed (worker/rehearsal.ts) has called those that a container needs, and keeps them too.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import { cacheFolder, compiledBy, writeIfPossible } from "../outside/index.ts";
import { type CompiledScript, shared } from "../worker/index.ts";

/**
 * @param filename a CommonJS file
 * @param folder where it is kept
 */
export function compiledScript(filename: string, folder: string | undefined = cacheFolder()): CompiledScript {
  const text = `(function (require, module, __filename) {${readFileSync(filename, "utf8")}\n})`;
  const place = folder && join(folder, nameFor(filename));
  const keepAt = place && `${place}-rehearsed`;
  const rehearsed = keepAt && read(keepAt);
  if (rehearsed) return { filename, text, compiled: rehearsed, isComplete: true, keepAt };
  const kept = place && read(place);
  const compiled = kept || shared(new vm.Script(text, { filename }).createCachedData());
  if (place && !kept) writeIfPossible(place, compiled);
  return { filename, text, compiled, isComplete: false, keepAt };
}

/**
 * By what compiles it, and by the state of its file: V8 itself compares no more of a text than its length. A digest would say
 * more, but the first thread waits for this, and would have to wait for all of node:crypto.
 */
function nameFor(filename: string): string {
  const { size, mtimeMs } = statSync(filename);
  return `thread-${compiledBy()}-${size}-${mtimeMs}`;
}

function read(file: string): Uint8Array | undefined {
  try {
    return shared(readFileSync(file));
  } catch {
    return undefined;
  }
}

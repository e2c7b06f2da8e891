/** Keeps files that can be made again, between runs: in node_modules/.cache/k4s of the project in the working directory. */
import { accessSync, constants, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { syncFolderSync } from "./sync-folder.ts";

/** Undefined where no node_modules is found at or above the working directory. */
export function cacheFolder(from: string = process.cwd()): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (statSync(modules, { throwIfNoEntry: false })?.isDirectory()) return join(modules, ".cache", "k4s");
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * The folder itself where it can be written, else one of the user's own below the temporary one; made if need be. Undefined
 * where neither can be.
 */
export function writableFolder(folder: string | undefined): string | undefined {
  return [folder, join(tmpdir(), `k4s-${process.getuid?.() ?? "user"}`)].find(candidate => {
    if (candidate === undefined) return false;
    try {
      mkdirSync(candidate, { recursive: true, mode: 0o700 });
      accessSync(candidate, constants.W_OK);
      return isOwn(candidate);
    } catch {
      return false;
    }
  });
}

/** In the temporary folder another user may have made a folder of the name. */
function isOwn(folder: string): boolean {
  const user = process.getuid?.();
  return user === undefined || user === 0 || statSync(folder).uid === user;
}

/** Keeps what can be made again. Where that cannot be written it is made again each time, and nothing else is lost. */
export function writeIfPossible(file: string, content: string | Uint8Array, mode?: number): void {
  try {
    writeWhole(file, content, mode);
  } catch {
    // A cache that cannot be written is no cache.
  }
}

/**
 * Written beside and moved into place: another thread or process never sees half a file; and on the disk when it returns: nor does who looks
 * after a loss of power. Throws as node:fs does.
 * @param mode who may read it, from the first byte on; as the system has it where left out
 */
export function writeWhole(file: string, content: string | Uint8Array, mode?: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}-${process.hrtime.bigint()}`;
  writeFileSync(draft, content, { mode, flush: true });
  renameSync(draft, file);
  syncFolderSync(dirname(file));
}

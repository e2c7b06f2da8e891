/** How much of the disk a folder takes, with all that is in it, measured only as far as somebody wants to know. */
import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * In bytes; nothing for a folder that is not there. What is more than `enough` is not counted any more. Links count as themselves; a file
 * with several names counts once.
 */
export async function bytesIn(
  folder: string | undefined,
  enough = Number.POSITIVE_INFINITY,
): Promise<number> {
  if (folder === undefined) return 0;
  const counted = new Set<number>();
  const folders = [folder];
  let bytes = 0;
  for (let each = folders.pop(); each !== undefined; each = folders.pop()) {
    for (const entry of await entriesOf(each)) {
      const path = join(each, entry.name);
      if (entry.isDirectory()) folders.push(path);
      // It may be gone by now.
      const found = await lstat(path).catch(() => undefined);
      if (!found || counted.has(found.ino)) continue;
      if (found.nlink > 1 && !entry.isDirectory()) counted.add(found.ino);
      // What a file takes of the disk: one with holes is larger than that.
      bytes += found.blocks === undefined ? found.size : found.blocks * 512;
      if (bytes > enough) return bytes;
    }
  }
  return bytes;
}

function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

/**
 * Keeps the folder of examined images (disk.ts, one-file.ts) from growing for ever: what other versions of k4s left is removed,
 * and of its own files those that are old or too many. Each can be made again.
 */
import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** How many files are kept, and which are old: written so many milliseconds before the newest (30 days). */
const bound = { files: 5_000, ageMs: 30 * 24 * 3_600_000 };

/** @param folder `…/images-N`; its parent has those of other versions. Never rejects: what cannot be removed stays. */
export async function boundCache(folder: string, { files, ageMs } = bound): Promise<void> {
  const others = (await namesIn(dirname(folder))).filter(
    name => /^images-\d+$/.test(name) && name !== basename(folder),
  );
  for (const name of others) await rm(join(dirname(folder), name), { recursive: true }).catch(() => {});
  const all = [];
  for (const name of await namesIn(folder, true)) {
    const file = join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) all.push({ file, writtenMs: found.mtimeMs });
  }
  all.sort((a, b) => b.writtenMs - a.writtenMs);
  const newestMs = all[0]?.writtenMs ?? 0;
  for (const [index, { file, writtenMs }] of all.entries())
    if (index >= files || newestMs - writtenMs > ageMs) await remove(file, folder);
}

function namesIn(folder: string, recursive = false): Promise<string[]> {
  return readdir(folder, { recursive }).catch(() => []);
}

/** The file, and the folders above it that are empty then. */
async function remove(file: string, root: string): Promise<void> {
  try {
    await rm(file);
    for (let folder = dirname(file); folder !== root; folder = dirname(folder)) await rmdir(folder);
  } catch {
    // It is gone already, or the folder has other files.
  }
}

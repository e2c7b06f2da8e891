/**
 * Removes and copies folders with all that is in them, step by step: each step is one of the container's own paths, so that what is mounted within
 * a folder, and what is read-only, is seen. Links stay what they are.
 */
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  rmdir,
  symlink,
  unlink,
  utimes,
} from "node:fs/promises";
import { join } from "node:path";

/** Rejects with what is wrong with the first that cannot be removed. */
export async function removeTree(path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!(await lstat(path)).isDirectory()) return unlink(path);
  for (const name of await readdir(path)) await removeTree(join(path, name), signal);
  await rmdir(path);
}

/** Into what is there already, if it is a folder. @param keepsTimes whether the copies are as old as what they are copies of */
export async function copyTree(
  from: string,
  to: string,
  keepsTimes: boolean,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const stats = await lstat(from);
  if (stats.isSymbolicLink()) {
    const there = await lstat(to).catch(() => undefined);
    if (there) await unlink(to);
    return symlink(await readlink(from), to);
  }
  if (stats.isDirectory()) {
    // What is in it is listed before: the copy may lie within.
    const names = await readdir(from);
    const isNew = (await lstat(to).catch(() => undefined)) === undefined;
    if (isNew) await mkdir(to);
    for (const name of names) await copyTree(join(from, name), join(to, name), keepsTimes, signal);
    if (isNew) await chmod(to, stats.mode & 0o7777);
  } else await copyFile(from, to);
  if (keepsTimes) await utimes(to, stats.atime, stats.mtime);
}

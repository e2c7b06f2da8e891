/** Makes the names in a folder last: what was made, renamed or removed there is so after a crash, too. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";

// Windows cannot open a folder, and keeps its names without.
const isNeeded = process.platform !== "win32";

/** Rejects as node:fs does. */
export async function syncFolder(path: string): Promise<void> {
  if (!isNeeded) return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same, at once. Throws as node:fs does. */
export function syncFolderSync(path: string): void {
  if (!isNeeded) return;
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

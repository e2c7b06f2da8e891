/** Makes the names in a folder last: what was made, renamed or removed there is so after a crash, too. */
import { open } from "node:fs/promises";

/** Rejects as node:fs does. Windows cannot open a folder, and keeps its names without. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes all objects down as they are at a revision, so that the changes before it need not be kept. It is done while others
 * write: objects never change, so a list of them is all that has to be taken at once, and they are written bit by bit.
 */

import { draftSuffix, headFrame, type ObjectRecord, type Part, snapshotName } from "./files.ts";
import type { JournalFolder } from "./folder.ts";
import { frameOf } from "./frames.ts";

/** In a frame: some 2 MB, and some ten milliseconds of work before others have their turn. */
const objectsInFrame = 500;

/**
 * Resolves to its size in bytes. Rejects as node:fs does; nothing is there then that was not before.
 * @param before done when all of it is on the disk, and it has no name yet
 */
export async function writeSnapshot(
  folder: JournalFolder,
  revision: number,
  objects: readonly ObjectRecord[],
  before: () => Promise<void> = async () => {},
): Promise<number> {
  const draft = `${snapshotName(revision)}${draftSuffix}`;
  try {
    const size = await writeDraft(folder, draft, revision, objects);
    await before();
    await folder.rename(draft, snapshotName(revision));
    await folder.sync();
    return size;
  } catch (error) {
    // Where not even that works, it is removed when the journal is opened the next time.
    await folder.remove(draft).catch(() => {});
    throw error;
  }
}

async function writeDraft(
  folder: JournalFolder,
  draft: string,
  revision: number,
  objects: readonly ObjectRecord[],
): Promise<number> {
  const file = await folder.open(draft);
  try {
    await file.truncate(0);
    let size = 0;
    const write = async (frame: Buffer) => {
      await file.write(frame, size);
      size += frame.length;
    };
    await write(headFrame("objects", revision));
    for (let from = 0; from < objects.length; from += objectsInFrame) {
      const part: Part = { objects: objects.slice(from, from + objectsInFrame) };
      await write(frameOf(JSON.stringify(part)));
    }
    await write(frameOf(JSON.stringify({ end: objects.length } satisfies Part)));
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

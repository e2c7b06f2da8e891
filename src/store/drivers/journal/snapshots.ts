/**
 * Writes all objects down as they are at a revision, so that the changes before it need not be kept. It is done while others
 * write: objects never change, so a list of them is all that has to be taken at once, and they are written bit by bit.
 */

import { draftSuffix, headFrame, type ObjectRecord, type Part, snapshotName } from "./files.ts";
import type { JournalFolder } from "./folder.ts";
import { frameOf } from "./frames.ts";

/** How many characters a frame has, unless a single object has more: some milliseconds of work, before others have their turn. */
const longestFrame = 1 << 20;

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
    for (const part of partsOf(objects)) await write(frameOf(part));
    await write(frameOf(JSON.stringify({ end: objects.length } satisfies Part)));
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

/** The texts of the frames, one by one: each is a `Part`. */
function* partsOf(objects: readonly ObjectRecord[]): Generator<string> {
  let texts: string[] = [];
  let length = 0;
  for (const object of objects) {
    const text = JSON.stringify(object);
    if (length > 0 && length + text.length > longestFrame) {
      yield `{"objects":[${texts.join(",")}]}`;
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length;
  }
  if (texts.length > 0) yield `{"objects":[${texts.join(",")}]}`;
}

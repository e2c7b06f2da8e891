/**
 * What is read when a journal is opened: the last snapshot, then every change after it. Where the last frame of the last
 * segment is there in part, the process ended while it was written: nobody was told that it had been, and it is cut off.
 * Whatever else is not as it was written is refused, and then nothing in the folder has been touched.
 */
import { ApiError, messageOf } from "../../../errors/index.ts";
import {
  type Batch,
  type ChangeRecord,
  checkHead,
  damaged,
  draftSuffix,
  type Ending,
  filesAmong,
  headFrame,
  type ObjectRecord,
  type Part,
  segmentName,
  snapshotName,
  textOf,
} from "./files.ts";
import type { JournalFolder } from "./folder.ts";
import { type Frames, framesIn } from "./frames.ts";
import type { OpenSegment } from "./log.ts";

/** Is given what is there, in order: the objects of the snapshot, then what was changed since. */
export interface Recipient {
  /** First, where there is a snapshot: which revision it is of. */
  begins(revision: number): void;
  object(record: ObjectRecord): void;
  change(record: ChangeRecord): void;
}

export interface Recovered {
  /** The revision of the last change; 0 where there was none. */
  readonly revision: number;
  /** The last, to go on with; undefined where there is none. What it has behind its last whole frame is to be cut. */
  readonly segment: OpenSegment | undefined;
  /** The one before, where that has no changes yet: the process may have ended while it wrote there that another follows. */
  readonly before: OpenSegment | undefined;
  /** Of the snapshot, in bytes. */
  readonly snapshotSize: number;
  /** Files that a process has left that ended before it could remove them. */
  readonly leftovers: readonly string[];
}

const nothing = { revision: 0, segment: undefined, before: undefined, snapshotSize: 0 };

/** Throws ServiceUnavailable where a file is damaged, missing, or of a newer k4s; and as node:fs does. */
export async function recover(folder: JournalFolder, recipient: Recipient): Promise<Recovered> {
  const names = await folder.list();
  const { segments, snapshots, drafts } = filesAmong(names);
  if (isUnbegun(names)) return { ...nothing, leftovers: [...drafts, ...segments.map(segmentName)] };
  const base = snapshots.at(-1) ?? 0;
  const snapshotSize = snapshots.length === 0 ? 0 : await readSnapshot(folder, base, recipient);

  const since = segments.filter(after => after >= base);
  if (snapshots.length > 0 && since.length === 0) throw missing(base);
  let revision = base;
  let segment: OpenSegment | undefined;
  let before: OpenSegment | undefined;
  /** Why the segment before is damaged, unless it is only the record that ends it which was never synced. */
  let isTorn: ApiError | undefined;
  let isFollowed = false;
  for (const after of since) {
    const name = segmentName(after);
    if (after !== revision)
      throw damaged(name, `it goes on from revision ${after}, and what was before it ends with ${revision}`);
    const bytes = await folder.read(name);
    const frames = framesIn(bytes);
    const isLast = after === since.at(-1);
    // The process ended before its first frame was there, behind which nothing is written until it is synced.
    const isBegun = frames.texts.length > 0 || bytes.length > headFrame("changes", after).length;
    if (frames.rest === "damaged") throw damaged(name, whereOf(frames));
    // A segment has its head, then the one before is ended and synced, and then only changes are written.
    const hasChanges = frames.texts.length > 1;
    if (isTorn && hasChanges) throw isTorn;
    isTorn = frames.rest === "torn" ? damaged(name, whereOf(frames)) : undefined;
    if (isBegun || !isLast) ({ ends: revision, isFollowed } = replay(name, frames.texts, after, recipient));
    before = hasChanges ? undefined : segment;
    segment = { after, whole: bytes.subarray(0, frames.end) };
  }
  if (isFollowed) throw missing(revision);
  const leftovers = [
    ...drafts,
    ...snapshots.filter(older => older < base).map(snapshotName),
    ...segments.filter(after => after < base).map(segmentName),
  ];
  return { revision, segment, before, snapshotSize, leftovers };
}

/** Returns its size in bytes. */
async function readSnapshot(folder: JournalFolder, revision: number, recipient: Recipient): Promise<number> {
  const name = snapshotName(revision);
  const bytes = await folder.read(name);
  const frames = framesIn(bytes);
  // It got its name when it was whole and synced.
  if (frames.rest !== "nothing") throw damaged(name, whereOf(frames));
  const [head, ...parts] = frames.texts;
  checkHead(name, head, "objects", revision);
  recipient.begins(revision);
  let count = 0;
  let told: number | undefined;
  for (const text of parts) {
    const part = textOf<Part>(name, text);
    if ("end" in part) {
      told = part.end;
      continue;
    }
    count += part.objects.length;
    for (const record of part.objects) recipient.object(record);
  }
  if (told !== count) throw damaged(name, `it has ${count} objects, and should have ${told ?? "more"}`);
  return bytes.length;
}

/** Returns how it ends: with the revision of the last change, and whether it says that another follows. */
function replay(name: string, texts: readonly string[], after: number, recipient: Recipient): Ending {
  const [head, ...batches] = texts;
  checkHead(name, head, "changes", after);
  let revision = after;
  let isFollowed = false;
  for (const text of batches) {
    const batch = textOf<Batch | Ending>(name, text);
    if ("ends" in batch) {
      ({ isFollowed } = batch);
      continue;
    }
    if (batch.after !== revision)
      throw damaged(name, `changes between the revisions ${revision} and ${batch.after} are missing`);
    for (const change of batch.changes) {
      tell(name, change, recipient);
      revision = change.revision;
    }
  }
  return { ends: revision, isFollowed };
}

function tell(name: string, change: ChangeRecord, recipient: Recipient): void {
  try {
    recipient.change(change);
  } catch (error) {
    // Not what is there is wrong, but what it is to be read with.
    if (error instanceof ApiError && error.reason === "ServiceUnavailable") throw error;
    throw damaged(name, `what it says does not follow from what was before (${messageOf(error)})`, error);
  }
}

/** The process ended while it wrote down what was there from the start: the segment is there, the snapshot has no name yet. */
function isUnbegun(names: readonly string[]): boolean {
  const { segments, snapshots } = filesAmong(names);
  const [first = 0, ...others] = segments;
  return snapshots.length + others.length === 0 && names.includes(`${snapshotName(first)}${draftSuffix}`);
}

function missing(revision: number): ApiError {
  return damaged(segmentName(revision), "it is missing");
}

function whereOf({ end }: Frames): string {
  return `the record at byte ${end} does not have the checksum that it was written with`;
}

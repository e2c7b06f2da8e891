/**
 * The two kinds of files of a journal, and what stands in them. A segment has the changes after a revision, a frame for each
 * time that was synced; a snapshot has every object as it was at a revision. Both begin with a frame that says what they are.
 */
import { ApiError } from "../../../errors/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import type { Change, ObjectKey } from "../../store.ts";
import { frameOf } from "./frames.ts";

/** Counted up whenever an older k4s could not read what a newer one writes. */
const format = 1;

/** The first frame of each file. */
export interface Head {
  readonly format: number;
  readonly holds: "changes" | "objects";
  /** The revision that a segment goes on from, or that a snapshot is of. */
  readonly revision: number;
}

/** An object that is kept encrypted (sealing.ts). */
export type SealedObject = string;

/** A write, as it is kept. What was there before is known from what comes before it. */
export interface ChangeRecord extends Omit<Change, "object" | "previous"> {
  /** With its revision; absent where it was deleted. */
  readonly object?: KubernetesObject | SealedObject;
}

/** A frame of a segment. */
export interface Batch {
  /** The revision of the last change before: none is missing between two batches. */
  readonly after: number;
  readonly changes: readonly ChangeRecord[];
}

/**
 * Stands behind the last batch where a segment was ended well. So damage in that batch is not taken for one that was never synced,
 * and a segment that is missing is missed.
 */
export interface Ending {
  /** The revision of the last change. */
  readonly ends: number;
  /** Whether a segment that goes on from there was begun. */
  readonly isFollowed: boolean;
}

/** An object, as a snapshot has it. */
export interface ObjectRecord {
  readonly key: ObjectKey;
  readonly object: KubernetesObject | SealedObject;
  /** Its place among all objects by age. */
  readonly order: number;
}

/** A frame of a snapshot; the last has none, and says how many there were. */
export type Part = { readonly objects: readonly ObjectRecord[] } | { readonly end: number };

const segment = /^changes-(\d{16})$/;
const snapshot = /^objects-(\d{16})$/;

export function segmentName(after: number): string {
  return `changes-${digits(after)}`;
}

export function snapshotName(revision: number): string {
  return `objects-${digits(revision)}`;
}

/** A snapshot that is not whole yet has this behind its name. */
export const draftSuffix = "~";

export interface JournalFiles {
  /** The revisions that the segments go on from, the first first. */
  readonly segments: readonly number[];
  /** The revisions that the snapshots are of, the last last. */
  readonly snapshots: readonly number[];
  readonly drafts: readonly string[];
}

/** What belongs to the journal of what is in its folder; the rest is left alone. */
export function filesAmong(names: readonly string[]): JournalFiles {
  return {
    segments: revisionsOf(names, segment),
    snapshots: revisionsOf(names, snapshot),
    drafts: names.filter(name => name.endsWith(draftSuffix) && snapshot.test(name.slice(0, -1))),
  };
}

/** Whether a journal has been begun in a folder of these names. */
export function isBegun(names: readonly string[]): boolean {
  const { segments, snapshots } = filesAmong(names);
  return segments.length + snapshots.length > 0;
}

export function headFrame(holds: Head["holds"], revision: number): Buffer {
  return frameOf(JSON.stringify({ format, holds, revision } satisfies Head));
}

/** Throws ServiceUnavailable where the file is not what its name says, or of a newer k4s. */
export function checkHead(
  file: string,
  text: string | undefined,
  holds: Head["holds"],
  revision: number,
): void {
  const head = textOf<Partial<Head>>(file, text ?? "{}");
  if (typeof head.format === "number" && head.format > format)
    throw new ApiError(
      "ServiceUnavailable",
      `${file} was written by a newer k4s (its format is ${head.format}, this one reads up to ${format}): start that one, or take another folder`,
    );
  if (head.format !== format || head.holds !== holds || head.revision !== revision)
    throw damaged(file, "its first record is not that of such a file");
}

/** What a frame says. Its checksum was right, so that it is no JSON is the fault of who wrote it; and is told as damage. */
export function textOf<T>(file: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw damaged(file, "a record is not JSON", error);
  }
}

export function damaged(file: string, problem: string, cause?: unknown): ApiError {
  const advice =
    "nothing was changed; restore a backup into another folder, or take this file's disk to be at fault";
  return new ApiError("ServiceUnavailable", `${file} is damaged: ${problem}; ${advice}`, {}, { cause });
}

/** So that names sort as revisions do. */
function digits(revision: number): string {
  return String(revision).padStart(16, "0");
}

function revisionsOf(names: readonly string[], form: RegExp): number[] {
  return names
    .flatMap(name => form.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

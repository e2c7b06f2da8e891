/**
 * The end of the journal, where changes are appended. Whoever comes while the disk is at work waits for the next round:
 * all that wait are one frame, one write and one sync (group commit). So each waits for two syncs at most, however many they are.
 *
 * What could not be written is cut off again, and who waited for it is told: a full disk refuses writes until there is room. Where
 * that fails, or a sync does, nobody knows what is on the disk, and nothing more is written to it.
 */
import { ApiError, messageOf } from "../../../errors/index.ts";
import { type Batch, type ChangeRecord, type Ending, headFrame, segmentName } from "./files.ts";
import type { JournalFile, JournalFolder } from "./folder.ts";
import { frameOf } from "./frames.ts";

export interface Appended {
  readonly change: ChangeRecord;
  /** Called when it is on the disk, in the order of the revisions. */
  kept(): void;
  failed(error: ApiError): void;
}

/** Of a frame, in characters: more waits for the next round. */
const longestFrame = 16 << 20;

/** The segment to go on with. */
export interface OpenSegment {
  /** The revision that it goes on from. */
  readonly after: number;
  /** Its bytes, up to the end of its last whole frame. */
  readonly whole: Buffer;
}

export interface LogOptions {
  readonly folder: JournalFolder;
  /** The revision of the last change. */
  readonly revision: number;
  /** Called after each frame with the size of the segment in bytes, while nothing is written; may call `rotate`. */
  readonly written: (size: number) => Promise<void>;
}

/** With its text. */
type Waiting = Appended & { readonly text: string };

export class Log {
  readonly #folder: JournalFolder;
  readonly #written: (size: number) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #revision: number;
  #file: JournalFile | undefined;
  /** Where the last frame that was synced ends. */
  #end = 0;
  #working: Promise<void> | undefined;
  #broken: ApiError | undefined;
  /** Why the last frame could not be written; undefined where it was. */
  #failure: ApiError | undefined;

  constructor({ folder, revision, written }: LogOptions) {
    this.#folder = folder;
    this.#revision = revision;
    this.#written = written;
  }

  /** The revision of the last change that is on the disk. */
  get revision(): number {
    return this.#revision;
  }

  /** Why nothing can be written: for ever, or as far as the last write has shown. */
  get broken(): ApiError | undefined {
    return this.#broken ?? this.#failure;
  }

  /**
   * Goes on with a segment behind its last whole frame; undefined: with a new one.
   * @param before the segment before that, where nobody knows what the disk has of its end
   */
  async open(segment: OpenSegment | undefined, before?: OpenSegment): Promise<void> {
    if (before) await (await this.#made(before)).close();
    // The process may have ended between making it and writing to it.
    if (segment === undefined || segment.whole.length === 0) return this.rotate();
    this.#file = await this.#made(segment);
    this.#end = segment.whole.length;
    await this.#folder.sync();
  }

  /** Begins a new segment: what comes now is written there. Where that fails, all goes on in the one before. */
  async rotate(): Promise<void> {
    const name = segmentName(this.#revision);
    const frame = headFrame("changes", this.#revision);
    const last = this.#file;
    const next = await this.#folder.open(name);
    try {
      await next.truncate(0);
      await next.write(frame, 0);
      await next.sync();
      await this.#folder.sync();
      if (last) await this.#writeEnding(true);
    } catch (error) {
      // Whoever reads may find that another follows, if the disk has that or not.
      if (this.#broken) await next.close().catch(() => {});
      else await this.#giveUp(name, next, error);
      throw error;
    }
    this.#file = next;
    this.#end = frame.length;
    await last?.close();
  }

  append(appended: Appended): void {
    if (this.#broken) appended.failed(this.#broken);
    else {
      this.#waiting.push({ ...appended, text: JSON.stringify(appended.change) });
      this.#working ??= this.#work();
    }
  }

  /** When all that was appended is written. */
  async close(): Promise<void> {
    await this.#working;
    // Without it all is there, too: only damage would be found less well.
    if (this.#file && !this.#broken) await this.#writeEnding(false).catch(() => {});
    await this.#file?.close();
    this.#file = undefined;
  }

  async #work(): Promise<void> {
    // All that is appended in this turn is one frame.
    await undefined;
    try {
      while (this.#waiting.length > 0) await this.#keepNext();
    } finally {
      this.#working = undefined;
    }
  }

  async #keepNext(): Promise<void> {
    const batch = this.#next();
    const after: Batch["after"] = this.#revision;
    const changes = batch.map(({ text }) => text).join(",");
    try {
      await this.#write(`{"after":${after},"changes":[${changes}]}`);
    } catch (error) {
      const failure = this.#broken ?? notKept(error);
      this.#failure = failure;
      const failed = this.#broken ? [...batch, ...this.#waiting.splice(0)] : batch;
      for (const each of failed) each.failed(failure);
      return;
    }
    this.#failure = undefined;
    this.#revision = batch.at(-1)?.change.revision ?? after;
    for (const each of batch) each.kept();
    await this.#written(this.#end);
  }

  /** Those that wait, and fit into one frame. */
  #next(): Waiting[] {
    let length = 0;
    const beyond = this.#waiting.findIndex(({ text }) => {
      const isFull = length > longestFrame;
      length += text.length;
      return isFull;
    });
    return this.#waiting.splice(0, beyond < 0 ? this.#waiting.length : beyond);
  }

  /**
   * On the disk, and nothing behind it. What was read may be in the system's memory alone: where a sync had failed, Linux takes it for written. So
   * it is written once more.
   */
  async #made({ after, whole }: OpenSegment): Promise<JournalFile> {
    const file = await this.#folder.open(segmentName(after));
    await file.write(whole, 0);
    await file.truncate(whole.length);
    await file.sync();
    return file;
  }

  #writeEnding(isFollowed: boolean): Promise<void> {
    return this.#write(JSON.stringify({ ends: this.#revision, isFollowed } satisfies Ending));
  }

  async #write(text: string): Promise<void> {
    const file = this.#file;
    if (!file) throw new Error("the journal is not open");
    // Since they began to wait, by the end of the segment.
    if (this.#broken) throw this.#broken;
    const frame = frameOf(text);
    try {
      await file.write(frame, this.#end);
    } catch (error) {
      await this.#cutOff(file, error);
      throw error;
    }
    try {
      await file.sync();
    } catch (error) {
      throw this.#breakWith(error);
    }
    this.#end += frame.length;
  }

  /** Of a frame that could not be written, what is there of it must not be found by those who read the file. */
  async #cutOff(file: JournalFile, failure: unknown): Promise<void> {
    try {
      await file.truncate(this.#end);
      await file.sync();
    } catch {
      throw this.#breakWith(failure);
    }
  }

  /** A segment that was not begun well must not be found: what follows is written to the one before. */
  async #giveUp(name: string, next: JournalFile, failure: unknown): Promise<void> {
    try {
      await next.close();
      await this.#folder.remove(name);
      await this.#folder.sync();
    } catch {
      throw this.#breakWith(failure);
    }
  }

  #breakWith(error: unknown): ApiError {
    const problem = `the journal cannot be written (${messageOf(error)}), and takes no more writes until it is opened anew`;
    this.#broken = new ApiError("ServiceUnavailable", problem, {}, { cause: error });
    return this.#broken;
  }
}

function notKept(error: unknown): ApiError {
  const problem = `the write could not be kept, and has not happened: ${messageOf(error)}`;
  return new ApiError("ServiceUnavailable", problem, {}, { cause: error });
}

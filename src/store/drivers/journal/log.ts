/**
 * The end of the journal, where changes are appended. Whoever comes while the disk is at work waits for the next round:
 * all that wait are one frame, one write and one sync (group commit). So each waits for two syncs at most, however many they are.
 *
 * What could not be written is cut off again, and who waited for it is told: a full disk refuses writes until there is room. Where
 * that fails, or a sync does, nobody knows what is on the disk, and nothing more is written to it.
 */
import { ApiError, messageOf } from "../../../errors/index.ts";
import { type Batch, type ChangeRecord, headFrame, segmentName } from "./files.ts";
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

export interface LogOptions {
  readonly folder: JournalFolder;
  /** The revision of the last change. */
  readonly revision: number;
  /** Called after each frame with the size of the segment in bytes, while nothing is written; may call `rotate`. */
  readonly written: (size: number) => Promise<void>;
}

export class Log {
  readonly #folder: JournalFolder;
  readonly #written: (size: number) => Promise<void>;
  readonly #waiting: Appended[] = [];
  #revision: number;
  #file: JournalFile | undefined;
  /** Where the last frame that was synced ends. */
  #end = 0;
  #working: Promise<void> | undefined;
  #broken: ApiError | undefined;

  constructor({ folder, revision, written }: LogOptions) {
    this.#folder = folder;
    this.#revision = revision;
    this.#written = written;
  }

  /** The revision of the last change that is on the disk. */
  get revision(): number {
    return this.#revision;
  }

  /** Goes on with a segment behind its last whole frame; undefined: with a new one. */
  async open(segment: number | undefined, end: number): Promise<void> {
    // The process may have ended between making it and writing to it.
    if (segment === undefined || end === 0) return this.rotate();
    this.#file = await this.#folder.open(segmentName(segment));
    this.#end = end;
    await this.#file.truncate(end);
    await this.#file.sync();
  }

  /** Begins a new segment: what comes now is written there. Where that fails, all goes on in the one before. */
  async rotate(): Promise<void> {
    const name = segmentName(this.#revision);
    const frame = headFrame("changes", this.#revision);
    const last = this.#file;
    try {
      const file = await this.#folder.open(name);
      this.#file = file;
      await file.truncate(0);
      await file.write(frame, 0);
      await file.sync();
      await this.#folder.sync();
    } catch (error) {
      await this.#giveUp(name, last, error);
      throw error;
    }
    this.#end = frame.length;
    await last?.close();
  }

  append(appended: Appended): void {
    if (this.#broken) appended.failed(this.#broken);
    else {
      this.#waiting.push(appended);
      this.#working ??= this.#work();
    }
  }

  /** When all that was appended is written. */
  async close(): Promise<void> {
    await this.#working;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #work(): Promise<void> {
    // All that is appended in this turn is one frame.
    await undefined;
    while (this.#waiting.length > 0) {
      const { batch, text } = this.#next();
      try {
        await this.#write(text);
      } catch (error) {
        const failure = this.#broken ?? notKept(error);
        for (const each of batch) each.failed(failure);
        if (this.#broken) for (const each of this.#waiting.splice(0)) each.failed(this.#broken);
        continue;
      }
      this.#revision = batch.at(-1)?.change.revision ?? this.#revision;
      for (const each of batch) each.kept();
      await this.#written(this.#end);
    }
    this.#working = undefined;
  }

  /** Those that wait, as one frame. */
  #next(): { batch: Appended[]; text: string } {
    const changes: string[] = [];
    let length = 0;
    for (const { change } of this.#waiting) {
      if (length > longestFrame) break;
      const text = JSON.stringify(change);
      changes.push(text);
      length += text.length;
    }
    const batch = this.#waiting.splice(0, changes.length);
    const after: Batch["after"] = this.#revision;
    return { batch, text: `{"after":${after},"changes":[${changes.join(",")}]}` };
  }

  async #write(text: string): Promise<void> {
    const file = this.#file;
    if (!file) throw new Error("the journal is not open");
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
  async #giveUp(name: string, last: JournalFile | undefined, failure: unknown): Promise<void> {
    try {
      if (this.#file !== last) await this.#file?.close();
      this.#file = last;
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

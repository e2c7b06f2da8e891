/**
 * What a container printed: the last part of it, for one instance. A log is bytes, cut at line ends, in a ring that is
 * bounded in bytes: what a container prints costs what is added, however much was printed before. The lines of stdout and
 * stderr are put together apart, as Kubernetes' container runtimes do, and stand in the order in which they ended.
 *
 * When it is full, the oldest whole lines are dropped. A line that takes more than half of the log loses only its beginning,
 * and says so (`cutMark`), so that a short line after it does not remove all of it.
 */
import { onAbort } from "../../outside/index.ts";
import type { OutputPiece } from "../../worker/index.ts";
import { ByteQueue } from "./byte-queue.ts";

export interface LogOptions {
  /** Of the instance before the last restart. */
  readonly previous?: boolean;
  /** Goes on with what is printed from now on, until the container ends or the signal aborts. */
  readonly follow?: boolean;
  /** Only so many lines from the end. */
  readonly tailLines?: number;
  /** Only what was printed at this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Puts the time in front of each line, RFC 3339. */
  readonly timestamps?: boolean;
  /** Ends a `follow`. */
  readonly signal?: AbortSignal;
}

/** In bytes. */
const defaultLimit = 1024 * 1024;
/** A large write is taken in by parts, so that the ring never has to hold all of it. */
const partLength = 64 * 1024;
const newline = 10;
const cutMark = Buffer.from("[k4s: the beginning of this line is cut] ");

/** From this position in the log on, lines have begun at this time. */
interface TimeMark {
  readonly from: number;
  readonly at: number;
}

/** A line that has not ended yet. */
interface OpenLine {
  at: number;
  readonly bytes: ByteQueue;
}

/** The log of one instance of a container. */
export class Log {
  readonly #limit: number;
  /** Whole lines. Positions count all bytes there ever were, so that they stay valid while the ring moves. */
  readonly #lines = new ByteQueue();
  #first = 0;
  #marks: TimeMark[] = [];
  readonly #open: Record<OutputPiece["stream"], OpenLine> = {
    stdout: { at: 0, bytes: new ByteQueue() },
    stderr: { at: 0, bytes: new ByteQueue() },
  };
  /** Where the line ends that is to be dropped next, if that has been looked for: each byte is looked at once. */
  #oldestEnd = 0;
  #hasEnded = false;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number = defaultLimit) {
    this.#limit = limit;
  }

  add(pieces: readonly OutputPiece[]): void {
    for (const { stream, at, bytes } of pieces) {
      for (let from = 0; from < bytes.length; from += partLength) {
        this.#append(this.#open[stream], at, bytes.subarray(from, from + partLength));
        this.#forgetOldest();
      }
    }
    this.#wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.#hasEnded = true;
    this.#lines.shrink();
    this.#wake();
  }

  /**
   * Its lines as bytes, many at a time, each with its newline; the last may have none. With `follow` the iteration lasts as
   * long as the container; a reader that is slower than the container prints misses what the ring has dropped meanwhile.
   */
  async *read(options: LogOptions = {}): AsyncGenerator<Uint8Array> {
    const { follow = false, tailLines = Number.POSITIVE_INFINITY, signal } = options;
    const goesOn = () => follow && !this.#hasEnded && signal?.aborted !== true;
    const isFollowed = goesOn();
    let next = this.#startOfTail(isFollowed ? tailLines : tailLines - this.#openLines().length);
    while (goesOn()) {
      const lines = this.#linesFrom(next, options);
      next = this.#end;
      if (lines.length > 0) yield lines;
      if (next === this.#end && goesOn()) await this.#more(signal);
    }
    const open = this.#openLines();
    const shown = isFollowed ? open : open.slice(Math.max(0, open.length - tailLines));
    const last = [this.#linesFrom(next, options), ...shown.map(line => lineAt(line, options))];
    const bytes = Buffer.concat(last);
    if (bytes.length > 0) yield bytes;
  }

  /** The position behind the last line. */
  get #end(): number {
    return this.#first + this.#lines.length;
  }

  #append(open: OpenLine, at: number, bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) {
      const firstEnd = open.bytes.length > 0 ? bytes.indexOf(newline) + 1 : 0;
      if (firstEnd > 0) {
        this.#mark(open.at);
        this.#lines.push(open.bytes.view());
        this.#lines.push(bytes.subarray(0, firstEnd));
        open.bytes.clear();
      }
      if (firstEnd < end) this.#mark(at);
      this.#lines.push(bytes.subarray(firstEnd, end));
    }
    if (end === bytes.length) return;
    if (open.bytes.length === 0) open.at = at;
    open.bytes.push(bytes.subarray(end));
  }

  #mark(at: number): void {
    if (this.#marks.at(-1)?.at !== at) this.#marks.push({ from: this.#end, at });
  }

  #forgetOldest(): void {
    const { stdout, stderr } = this.#open;
    const longest = stdout.bytes.length > stderr.bytes.length ? stdout.bytes : stderr.bytes;
    let excess = this.#lines.length + stdout.bytes.length + stderr.bytes.length - this.#limit;
    if (excess <= 0) return;
    const tooLong = Math.min(excess, longest.length - this.#limit / 2);
    if (tooLong > 0) excess -= cutBeginning(longest, Math.ceil(tooLong));
    if (excess > 0) this.#forgetLines(excess);
  }

  #forgetLines(excess: number): void {
    const least = this.#first + excess;
    if (this.#oldestEnd < least) this.#oldestEnd = least + this.#lines.view(excess - 1).indexOf(newline);
    if (this.#oldestEnd - least > this.#limit / 2) this.#first += cutBeginning(this.#lines, excess);
    else {
      this.#lines.drop(this.#oldestEnd - this.#first);
      this.#first = this.#oldestEnd;
    }
    // Half of them at a time: moving the rest costs no more than adding it did.
    const stale = this.#markOf(this.#first);
    if (stale > this.#marks.length / 2) this.#marks = this.#marks.slice(stale);
  }

  /** The number of the last mark at or before a position. */
  #markOf(position: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#marks[middle]?.from ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Those that have begun and not ended, the oldest first. */
  #openLines(): OpenLine[] {
    const { stdout, stderr } = this.#open;
    return [stdout, stderr].filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.at - b.at);
  }

  #startOfTail(count: number): number {
    if (count > this.#lines.length) return this.#first;
    const lines = this.#lines.view();
    let start = lines.length;
    for (let left = count; left > 0 && start > 0; left--) {
      // An index of -1 would mean the last byte.
      start = start < 2 ? 0 : lines.lastIndexOf(newline, start - 2) + 1;
    }
    return this.#first + start;
  }

  /** All lines from a position on. */
  #linesFrom(position: number, options: LogOptions): Buffer {
    const from = Math.max(position, this.#first);
    const { sinceMs = 0, timestamps = false } = options;
    if (sinceMs <= 0 && !timestamps) return Buffer.from(this.#lines.view(from - this.#first));
    const shown: Buffer[] = [];
    for (let index = this.#markOf(from); index < this.#marks.length; index++) {
      const { from: begin, at } = this.#marks[index] ?? { from: 0, at: 0 };
      if (at < sinceMs) continue;
      const end = this.#marks[index + 1]?.from ?? this.#end;
      const lines = this.#lines.view(Math.max(begin, from) - this.#first, end - this.#first);
      if (timestamps) shown.push(...stamped(lines, at));
      else shown.push(lines);
    }
    return Buffer.concat(shown);
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake);
        takeBack();
        resolve();
      };
      this.#waiting.add(wake);
      const takeBack = onAbort(signal, wake);
      if (signal?.aborted) wake();
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

function lineAt({ at, bytes }: OpenLine, { sinceMs = 0, timestamps = false }: LogOptions): Buffer {
  if (at < sinceMs) return Buffer.alloc(0);
  return timestamps ? Buffer.concat(stamped(bytes.view(), at)) : bytes.view();
}

/** Lines with the time in front of each. */
function stamped(lines: Buffer, at: number): Buffer[] {
  // Kubernetes counts nanoseconds, and clients cut the fixed width off.
  const stamp = Buffer.from(`${new Date(at).toISOString().replace("Z", "000000Z")} `);
  const parts: Buffer[] = [];
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(newline, from) + 1 || lines.length;
    parts.push(stamp, lines.subarray(from, end));
    from = end;
  }
  return parts;
}

/** Drops at least so many bytes of a long line, and marks it. Returns how many it dropped. */
function cutBeginning(line: ByteQueue, least: number): number {
  const rest = line.view(least);
  let kept = cutMark.length;
  // A character is not cut in two.
  while (((rest[kept] ?? 0) & 0xc0) === 0x80 && kept < cutMark.length + 3) kept++;
  const dropped = least + kept - cutMark.length;
  line.drop(dropped);
  line.view().set(cutMark);
  return dropped;
}

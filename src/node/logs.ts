/**
 * What a container printed: the last part of it, for this instance and the one before. A log is a ring of pieces, bounded
 * in characters, so that a container that prints without end costs no more than one that prints a little.
 */
import type { OutputPiece } from "../worker/index.ts";

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

interface Line {
  readonly at: number;
  readonly text: string;
}

/** In characters. */
const defaultLimit = 1024 * 1024;

/** The log of one instance of a container. */
export class Log {
  #pieces: OutputPiece[] = [];
  #length = 0;
  /** How many pieces have been forgotten: positions in the log stay valid while it moves. */
  #forgotten = 0;
  #ended = false;
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number = defaultLimit) {
    this.#limit = limit;
  }

  /** Pieces come from foreign code, in the end: what is none is left out. */
  add(pieces: readonly OutputPiece[]): void {
    if (!Array.isArray(pieces)) return;
    for (const piece of pieces) {
      if (typeof piece?.text !== "string") continue;
      const { text } = piece;
      this.#pieces.push({ stream: piece.stream, at: Number(piece.at), text });
      this.#length += text.length;
    }
    let drop = 0;
    for (; this.#length > this.#limit && drop < this.#pieces.length - 1; drop++) {
      this.#length -= this.#pieces[drop]?.text.length ?? 0;
    }
    if (drop > 0) {
      this.#pieces = this.#pieces.slice(drop);
      this.#forgotten += drop;
    }
    this.#wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Its lines, each with its newline. With `follow` the iteration lasts as long as the container. */
  async *lines(options: LogOptions = {}): AsyncGenerator<string> {
    const { follow = false, tailLines, sinceMs = 0, timestamps = false, signal } = options;
    let next = this.#forgotten;
    let part: Line | undefined;
    let first = true;
    for (;;) {
      const from = Math.max(0, next - this.#forgotten);
      const { lines, rest } = linesOf(this.#pieces.slice(from), part);
      next = this.#forgotten + this.#pieces.length;
      const done = this.#ended || !follow || signal?.aborted === true;
      part = done ? undefined : rest;
      if (done && rest) lines.push(rest);
      const recent = lines.filter(line => line.at >= sinceMs);
      const wanted =
        first && tailLines !== undefined ? recent.slice(Math.max(0, recent.length - tailLines)) : recent;
      for (const { at, text } of wanted) yield timestamps ? `${new Date(at).toISOString()} ${text}` : text;
      first = false;
      if (done) return;
      if (next === this.#forgotten + this.#pieces.length && !this.#ended) await this.#more(signal);
    }
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** Whole lines, and what is left of one that has not ended. A line has the time of its first character. */
function linesOf(
  pieces: readonly OutputPiece[],
  begun: Line | undefined,
): { lines: Line[]; rest: Line | undefined } {
  const lines: Line[] = [];
  let rest = begun;
  for (const { at, text } of pieces) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      lines.push({ at: rest?.at ?? at, text: (rest?.text ?? "") + text.slice(from, end + 1) });
      rest = undefined;
      from = end + 1;
    }
    if (from < text.length) rest = { at: rest?.at ?? at, text: (rest?.text ?? "") + text.slice(from) };
  }
  return { lines, rest };
}

/**
 * What a container prints. A thread has no stdout of its own: its process.stdout and process.stderr (and so console)
 * are replaced by streams that collect text and hand it to the node in batches, once per turn of the event loop.
 *
 * A thread that prints faster than the node takes it in is held back, as a process is that writes to a full pipe: it
 * sleeps on a counter, shared with the node, of the batches taken in. If nobody takes anything for a second it goes on,
 * and says how much it had to drop.
 */
import { Writable } from "node:stream";
import type { OutputPiece } from "./protocol.ts";

/** A batch is posted when it has so many characters, even if the turn is not over: a busy loop prints too. */
const batchLength = 64 * 1024;
/** So many batches may be under way. */
const batchesUnderWay = 8;
const patienceMs = 1_000;

export class Output {
  readonly #post: (pieces: readonly OutputPiece[]) => void;
  readonly #taken: Int32Array | undefined;
  #posted = 0;
  #pieces: OutputPiece[] = [];
  #length = 0;
  #dropped = 0;
  #scheduled = false;

  /** @param taken how many batches the node has taken in; without it nothing is held back. */
  constructor(post: (pieces: readonly OutputPiece[]) => void, taken: SharedArrayBuffer | undefined) {
    this.#post = post;
    this.#taken = taken && new Int32Array(taken);
  }

  /** Replaces the thread's stdout and stderr. The streams are made on first use: most workers never print. */
  capture(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      let made: Writable | undefined;
      Object.defineProperty(process, stream, {
        configurable: true,
        enumerable: true,
        get: () => {
          made ??= this.#streamFor(stream);
          return made;
        },
      });
    }
  }

  write(stream: "stdout" | "stderr", text: string): void {
    if (text === "") return;
    this.#pieces.push({ stream, at: now(), text });
    this.#length += text.length;
    if (this.#length >= batchLength) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      endOfTurn(() => this.flush());
    }
  }

  /** Hands over what has been collected, now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    const length = this.#length;
    this.#length = 0;
    if (!this.#mayPost()) {
      this.#dropped += length;
      return;
    }
    if (this.#dropped > 0) {
      const text = `[k4s dropped ${this.#dropped} characters: they were printed faster than they could be read]\n`;
      pieces.unshift({ stream: "stderr", at: now(), text });
      this.#dropped = 0;
    }
    this.#posted++;
    this.#post(pieces);
  }

  #mayPost(): boolean {
    if (!this.#taken) return true;
    const taken = Atomics.load(this.#taken, 0);
    if (this.#posted - taken < batchesUnderWay) return true;
    return Atomics.wait(this.#taken, 0, taken, this.#dropped > 0 ? 0 : patienceMs) !== "timed-out";
  }

  #streamFor(stream: "stdout" | "stderr"): Writable {
    const write = (text: string) => this.write(stream, text);
    const made = new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        write(typeof chunk === "string" ? chunk : chunk.toString("utf8"));
        done();
      },
    });
    return Object.assign(made, { fd: stream === "stdout" ? 1 : 2, isTTY: false });
  }
}

// Kept here, because what runs in the thread may replace the globals.
const now = Date.now;
const endOfTurn = setImmediate;

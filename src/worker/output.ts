/**
 * What a thread prints. A thread has no stdout of its own: its process.stdout and process.stderr (and so console) are
 * replaced by streams that put bytes into the ring to its node (output-ring.ts), each write at once. To user code they are
 * what Node gives a program with its output in a pipe.
 */
import { Writable } from "node:stream";
import { format } from "node:util";
import type { OutputRing } from "./output-ring.ts";
import type { OutputPiece } from "./protocol.ts";

type StreamName = OutputPiece["stream"];

// Kept here, because what runs in the thread may replace the globals.
const now = Date.now;
const bytesOf = Buffer.from;

export class Output {
  readonly #ring: OutputRing;
  readonly #tell: () => void;
  readonly #closed = { stdout: false, stderr: false };

  /** @param tell tells the node that there is something in the ring */
  constructor(ring: OutputRing, tell: () => void) {
    this.#ring = ring;
    this.#tell = tell;
  }

  /** Replaces the thread's stdout and stderr. The streams are made on first use. */
  capture(): void {
    for (const name of ["stdout", "stderr"] as const) {
      let made: Writable | undefined;
      Object.defineProperty(process, name, {
        configurable: true,
        enumerable: true,
        get: () => {
          made ??= new PrintStream(name, this);
          return made;
        },
      });
    }
    // By this Node tells of what goes wrong in hooks of its own.
    Object.defineProperty(process, "_rawDebug", {
      value: (...all: unknown[]) => this.write("stderr", `${format(...all)}\n`),
    });
  }

  /** What the program prints there from now on goes nowhere. */
  close(stream: StreamName): void {
    this.#closed[stream] = true;
  }

  /** For the program: what it prints. */
  print(stream: StreamName, chunk: string | Uint8Array, encoding: BufferEncoding): void {
    if (!this.#closed[stream]) this.write(stream, chunk, encoding);
  }

  /** Waits, without a turn of the event loop, where the node has not taken out what was printed before. */
  write(stream: StreamName, chunk: string | Uint8Array, encoding: BufferEncoding = "utf8"): void {
    const bytes = typeof chunk === "string" ? bytesOf(chunk, encoding) : chunk;
    this.#ring.write({ stream, at: now(), bytes }, this.#tell);
  }
}

class PrintStream extends Writable {
  readonly fd: 1 | 2;
  readonly #name: StreamName;
  readonly #output: Output;

  constructor(name: StreamName, output: Output) {
    // As process.stdout in Node: it is not destroyed, neither by its end nor by a pipeline that fails.
    super({ decodeStrings: false, autoDestroy: false });
    this.fd = name === "stdout" ? 1 : 2;
    this.#name = name;
    this.#output = output;
  }

  override _write(chunk: string | Uint8Array, encoding: BufferEncoding, done: () => void): void {
    this.#output.print(this.#name, chunk, encoding);
    done();
  }

  override destroy(): this {
    return this;
  }
}

/**
 * One conversation with a container: a command that runs inside (exec), or the container itself (attach). It is the port
 * that everything uses that talks to a running container, whichever way it came. What it promises:
 *
 * 1. `output` gives the bytes in the order in which they came, once, to one reader, and ends when nothing more will come.
 * 2. A slow reader holds the command back; nothing is kept without a bound.
 * 3. `exited` always comes, once, never rejects, and not before the last output can be read.
 * 4. `close` may be called at any time: the command is told that the session is closed, and `exited` comes.
 */
import { Deferred, Stream } from "../../outside/index.ts";

export interface Session {
  readonly output: AsyncIterable<SessionOutput>;
  readonly exited: Promise<SessionExit>;
  /** Bytes for its stdin. Resolves when more may be written: the command reads, or is over. */
  write(bytes: Uint8Array): Promise<void>;
  /** There is no more stdin. */
  end(): void;
  /** The size of the terminal that shows it. */
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Bytes as they were printed: a part of a line, or many lines. */
export interface SessionOutput {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

export interface SessionExit {
  /** 0 to 255; 137 where the container or the session has ended first, 126 and 127 with a message where nothing could run. */
  readonly exitCode: number;
  /** Why there is no code of the command's own. */
  readonly message?: string;
  /** How the command ended is not known: the connection to its node was cut. */
  readonly isLost?: boolean;
}

/** The end of a session that ended before its command did. */
export function brokenOff(message: string): SessionExit {
  return { exitCode: 137, message };
}

/** A session with its driver in this thread. It ignores input, unless a subclass takes it. */
export class LocalSession implements Session {
  readonly output: AsyncIterable<SessionOutput>;
  readonly exited: Promise<SessionExit>;
  readonly #exit = new Deferred<SessionExit>();
  readonly #output = new Stream<SessionOutput>({ taken: ({ bytes }) => this.taken(bytes.length) });
  #isOver = false;

  constructor() {
    this.exited = this.#exit.promise;
    this.output = this.#output;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** For the driver: something was printed. */
  print(output: SessionOutput): void {
    this.#output.push(output);
  }

  /** For the driver: this is the end, unless there was one. */
  finish(exit: SessionExit): this {
    if (this.#isOver) return this;
    this.#isOver = true;
    this.#exit.resolve(exit);
    this.#output.end();
    return this;
  }

  async write(_bytes: Uint8Array): Promise<void> {}

  end(): void {}

  resize(_columns: number, _rows: number): void {}

  close(): void {
    this.finish(brokenOff("the session was closed"));
  }

  /** Called when so many bytes of the output have been read. */
  protected taken(_length: number): void {}
}

/** Has ended, and its output is the reason: there was nothing to have a session with. */
export function endedSession(exitCode: number, message: string): Session {
  const session = new LocalSession();
  session.print({ stream: "stderr", bytes: Buffer.from(`${message}\n`) });
  return session.finish({ exitCode, message });
}

/** For a container that does not run yet, or no more. */
export function notRunning(): Session {
  return endedSession(137, "the container is not running");
}

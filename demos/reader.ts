/**
 * Who sits at the terminal. A reader presses Enter to go on, and may leave at any time: by Ctrl-C, by Ctrl-D or the end of
 * the input at a prompt, or by a signal. Whatever the program waits for ends then with `Left`, so that it can stop its
 * cluster, print no claim that it has not tried, and end with the exit code that a shell expects.
 */
import { constants } from "node:os";
import { createInterface, type Interface } from "node:readline";
import chalk from "chalk";

/** How long the program may take to end once its reader has left. */
const patienceMs = 3_000;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The reader has left before the end. */
export class Left extends Error {
  /** 128 and the number of the signal; 130, as for Ctrl-C, where the input ended. */
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super("The reader has left.");
    this.exitCode = 128 + constants.signals[signal];
  }
}

export class Reader {
  readonly #leaving = new AbortController();
  readonly #left: Promise<never>;
  #input: Interface | undefined;
  #hasEnded = false;
  /** Lines that have come and answered nothing yet: out of a pipe they come before they are asked for. */
  #lines = 0;
  #go: (() => void) | undefined;

  constructor() {
    const { signal } = this.#leaving;
    this.#left = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    // It need not be waited for.
    this.#left.catch(() => {});
    for (const name of signals) process.on(name, () => this.#leave(name));
  }

  /** Resolves once Enter is pressed; rejects with `Left` once there is nobody to press it. */
  async enter(prompt: string): Promise<void> {
    process.stdout.write(prompt);
    await this.orLeft(this.#line());
    if (!process.stdin.isTTY) process.stdout.write("\n");
  }

  /** What is seen from then on is that the cluster stops. */
  get hasLeft(): boolean {
    return this.#leaving.signal.aborted;
  }

  /** What the work resolves to, unless the reader leaves before: then it rejects with `Left`. */
  orLeft<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#left]);
  }

  /** The input is read no more, so that the program can end. */
  close(): void {
    this.#input?.close();
  }

  #line(): Promise<void> {
    this.#input ??= this.#open();
    return new Promise(resolve => {
      this.#go = resolve;
      this.#goOn();
    });
  }

  /** Line by line, without an editor for the line: the terminal itself then makes a signal of Ctrl-C, and an end of Ctrl-D. */
  #open(): Interface {
    const input = createInterface({ input: process.stdin, terminal: false });
    input.on("line", () => {
      // What is typed in a terminal while nothing is asked was not meant as an answer.
      if (this.#go || !process.stdin.isTTY) this.#lines++;
      this.#goOn();
    });
    input.on("close", () => {
      this.#hasEnded = true;
      this.#goOn();
    });
    return input;
  }

  #goOn(): void {
    if (!this.#go) return;
    if (this.#lines > 0) {
      this.#lines--;
      this.#go();
      this.#go = undefined;
    } else if (this.#hasEnded) this.#leave("SIGINT");
  }

  #leave(signal: (typeof signals)[number]): void {
    if (this.#leaving.signal.aborted) return;
    console.log(chalk.dim("\n  You leave: the cluster is being stopped."));
    this.#leaving.abort(new Left(signal));
    const { exitCode } = this.#leaving.signal.reason;
    setTimeout(() => process.exit(exitCode), patienceMs).unref();
  }
}

/**
 * What one run of a controller writes. The loop looks at it after the run, to see circles. A write that the controller did not
 * await is waited for, so that it is seen too, and so that its failure is the run's: nobody else would hear of it. One that is
 * begun after the run is seen when it is done.
 */
import type { MadeWrite } from "./pace/index.ts";

export class RunWrites {
  readonly made: MadeWrite[] = [];
  readonly #onLate: (write: MadeWrite) => void;
  readonly #pending = new Set<Promise<unknown>>();
  #isOver = false;

  /** `onLate` is told of each write that was made after the run. */
  constructor(onLate: (write: MadeWrite) => void) {
    this.#onLate = onLate;
  }

  add(write: MadeWrite): void {
    if (this.#isOver) this.#onLate(write);
    else this.made.push(write);
  }

  /** Remembers a write until it has ended. Its rejection is never unhandled: who awaits it gets it all the same. */
  track<T>(writing: Promise<T>): Promise<T> {
    this.#pending.add(writing);
    const ended = () => void this.#pending.delete(writing);
    writing.then(ended, ended);
    return writing;
  }

  /** Waits for what the controller did not await. Rejects with the first failure among it. */
  async end(): Promise<void> {
    const left = [...this.#pending];
    const ends = left.length > 0 ? await Promise.allSettled(left) : [];
    this.#isOver = true;
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
}

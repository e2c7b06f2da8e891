/**
 * The gate of cold starts, one for all pools: a thread that is not warm costs some 20 ms of a processor until it is, and with
 * many more of them at once than there are cores no container of a large set runs before nearly all of them do. A Service would
 * have no endpoint for as long, and what waits for the first copy would be late by the start of all.
 */

/** Lets so many cold starts happen at a time, first come, first served. */
export class ColdStartGate {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  enter(begin: () => void): void {
    if (this.#free === 0) {
      this.#queue.push(begin);
      return;
    }
    this.#free--;
    begin();
  }

  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#free++;
  }
}

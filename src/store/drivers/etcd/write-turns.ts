/**
 * So many writes are on their way to etcd at once, and no more: the others wait their turn, first come, first served. Without it thousands at once
 * would wait for a connection, each with its time running out, and what is more urgent behind them.
 */
import { Fifo } from "../../../outside/index.ts";

export class WriteTurns {
  readonly #waiting = new Fifo<() => void>();
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Resolves, or rejects, as `act` does. */
  async take<T>(act: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

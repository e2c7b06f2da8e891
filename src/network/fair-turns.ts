/**
 * When the calls of workers are begun. A burst of them arrives at the main thread in one turn of its event loop, and would
 * hold up all else until the last is answered. So the calls begun in a turn share a few milliseconds of it; those that are left
 * wait for the next turns, where the threads that ask take their turns one by one.
 */
import { type Clock, Fifo } from "../outside/index.ts";

/** Of one turn of the event loop, in milliseconds. */
const shareMs = 10;

type Begin = () => void;

export class FairTurns<Asker> {
  readonly #clock: Pick<Clock, "elapsed" | "soon">;
  /** Those that wait, in the order in which it is their turn. */
  readonly #waiting = new Map<Asker, Fifo<Begin>>();
  /** When the first call of this turn was begun; undefined where none was. */
  #began: number | undefined;

  constructor(clock: Pick<Clock, "elapsed" | "soon">) {
    this.#clock = clock;
  }

  /** Resolves when the asker may begin another call; undefined if it may at once. */
  wait(asker: Asker): Promise<void> | undefined {
    if (this.#began === undefined) {
      this.#began = this.#clock.elapsed();
      this.#clock.soon(() => void this.#nextTurn());
    }
    if (this.#waiting.size === 0 && this.#hasTime(this.#began)) return undefined;
    const own = this.#waiting.get(asker) ?? new Fifo<Begin>();
    this.#waiting.set(asker, own);
    return new Promise(resolve => own.push(resolve));
  }

  #hasTime(began: number): boolean {
    return this.#clock.elapsed() - began < shareMs;
  }

  async #nextTurn(): Promise<void> {
    const began = this.#clock.elapsed();
    while (this.#waiting.size > 0 && this.#hasTime(began)) {
      this.#beginNext();
      // Until the call waits for another turn itself, or is answered.
      await new Promise<void>(resolve => process.nextTick(resolve));
    }
    this.#began = this.#waiting.size > 0 ? began : undefined;
    if (this.#waiting.size > 0) this.#clock.soon(() => void this.#nextTurn());
  }

  #beginNext(): void {
    const [first] = this.#waiting;
    if (!first) return;
    const [asker, own] = first;
    own.shift()?.();
    this.#waiting.delete(asker);
    if (own.length > 0) this.#waiting.set(asker, own);
  }
}

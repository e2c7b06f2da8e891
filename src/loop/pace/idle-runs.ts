/**
 * Runs that ask for another one at once although they did nothing: each is right, and together they take the whole processor.
 * After ten of them in a row the next comes later, twice as long each time, up to the second after which the resync would
 * look anyway. A run that writes, settles, or asks for 10 ms or more begins anew what was counted.
 */
import { type BackOff, backOffMs } from "./back-off.ts";

/** So many in a row may come as fast as they are asked for. */
const freeRuns = 10;
/** Who asks for so many milliseconds polls, and may. */
const pollMs = 10;
const backOff: BackOff = { firstMs: 10, limitMs: 1_000 };

export class IdleRuns {
  /** How many there were in a row, by key. */
  readonly #counts = new Map<string, number>();

  /** In how many milliseconds the key runs again that asked for `ms`; and whether it is slowed down from now on. */
  next(key: string, ms: number, hasWritten: boolean): { readonly ms: number; readonly isFirst: boolean } {
    if (hasWritten || ms >= pollMs) {
      this.#counts.delete(key);
      return { ms, isFirst: false };
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const beyond = count - freeRuns;
    return beyond <= 0
      ? { ms, isFirst: false }
      : { ms: Math.max(ms, backOffMs(backOff, beyond)), isFirst: beyond === 1 };
  }

  /** The key asked for nothing. */
  forget(key: string): void {
    this.#counts.delete(key);
  }
}

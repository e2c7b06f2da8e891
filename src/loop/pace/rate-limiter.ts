/**
 * How long a key waits after a failure: twice as long each time, until a run goes well (`ItemExponentialFailureRateLimiter`
 * in client-go's util/workqueue). Only numbers are kept here; the timers are in delaying-queue.ts.
 */
import { type BackOff, backOffMs } from "./back-off.ts";

export class RateLimiter {
  readonly #backOff: BackOff;
  /** Failures in a row, by key; a key whose last run went well is not in here. */
  readonly #failures = new Map<string, number>();

  constructor(backOff: BackOff) {
    this.#backOff = backOff;
  }

  /** Counts a failure. Returns the time until the next try, in milliseconds. */
  when(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return backOffMs(this.#backOff, failures);
  }

  /** The run went well: the next failure counts as the first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Whether the key waits for another try after a failure. */
  isLimited(key: string): boolean {
    return this.#failures.has(key);
  }
}

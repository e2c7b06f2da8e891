/**
 * The pace of a loop: how long a key has to wait before it is looked at again. Three things slow a key down.
 *
 * - A failure: twice as long each time, until a look goes well.
 * - A long look, where one look goes through many objects: two in a row earn the key a rest, four times as long as they were.
 *   (A ReplicaSet of ten thousand pods is told of each of them, and looks now and then.)
 * - A circle: it writes the same again and again, and others undo it (circles.ts).
 *
 * Only numbers are kept here; who waits, and with which timer, is known to delays.ts.
 */
import { type BackOff, backOffMs } from "./back-off.ts";

/** A look of so many milliseconds is a long one. */
const longLookMs = 2;
/** How long the rest is, in looks. */
const restInLooks = 4;
/** And how long at most, in milliseconds. */
const longestRestMs = 1_000;
/** Of the time, what the resync of a controller whose looks go through many objects may take. */
const resyncShare = 0.005;

export class Pace {
  readonly #backOff: BackOff;
  readonly #looksAtMany: boolean;
  /** Failures in a row, by key; a key that went well is not in here. */
  readonly #failures = new Map<string, number>();
  /** The keys whose last look was a long one, in milliseconds: one alone may be long because the processor was taken. */
  readonly #longLooks = new Map<string, number>();
  /** How long a look took lately, on average. */
  #usualMs = 0;

  constructor(backOff: BackOff, looksAtMany: boolean) {
    this.#backOff = backOff;
    this.#looksAtMany = looksAtMany;
  }

  /** The look failed: the time until the next one, in milliseconds. */
  failed(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return backOffMs(this.#backOff, failures);
  }

  wentWell(key: string): void {
    this.#failures.delete(key);
  }

  /** Whether the key waits to be tried again after a failure. */
  isFailing(key: string): boolean {
    return this.#failures.has(key);
  }

  /** The rest that a key has earned by a look that took so long, in milliseconds; 0 for none. */
  restAfter(key: string, tookMs: number, isSettled: boolean): number {
    this.#usualMs += (tookMs - this.#usualMs) / 100;
    // Who has more to do, or failed, has said when to look again.
    const isLong = isSettled && this.#looksAtMany && tookMs >= longLookMs;
    const lastMs = this.#longLooks.get(key);
    if (!isLong) {
      this.#longLooks.delete(key);
      return 0;
    }
    this.#longLooks.set(key, tookMs);
    return lastMs === undefined ? 0 : Math.min(restInLooks * Math.min(tookMs, lastMs), longestRestMs);
  }

  /** How many keys a resync may queue that comes every `resyncMs`; `budget` where looks are short. */
  resyncBudget(budget: number, resyncMs: number): number {
    if (!this.#looksAtMany) return budget;
    return Math.min(Math.ceil((resyncMs * resyncShare) / this.#usualMs), budget);
  }
}

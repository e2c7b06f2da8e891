/**
 * What long runs cost, and how that is bounded, for controllers whose runs go through many objects (`looksAtMany`): a
 * ReplicaSet of ten thousand pods is woken by each of them. For all other controllers nothing here applies.
 *
 * - A key rests after two long runs in a row, four times as long as the shorter of them took.
 * - The resync queues as few keys as take half a hundredth of the time.
 */

/** A run of so many milliseconds is a long one. */
const longMs = 2;
/** How long the rest is, in runs. */
const restInRuns = 4;
/** And how long at most, in milliseconds. */
const longestRestMs = 1_000;
/** The share of the time that the resync may take. */
const resyncShare = 0.005;

export class LongRuns {
  readonly #looksAtMany: boolean;
  /** The keys whose last run was a long one, in milliseconds: one alone may be long because the processor was taken. */
  readonly #last = new Map<string, number>();
  /** How long a run took lately, on average. */
  #usualMs = 0;

  constructor(looksAtMany: boolean) {
    this.#looksAtMany = looksAtMany;
  }

  /** How long the key rests after a run that took so long, in milliseconds; 0 for not at all. */
  restAfter(key: string, tookMs: number, isSettled: boolean): number {
    if (!this.#looksAtMany) return 0;
    this.#usualMs += (tookMs - this.#usualMs) / 100;
    // A controller that has more to do, or failed, has said when to run again.
    if (!isSettled || tookMs < longMs) {
      this.#last.delete(key);
      return 0;
    }
    const lastMs = this.#last.get(key);
    this.#last.set(key, tookMs);
    return lastMs === undefined ? 0 : Math.min(restInRuns * Math.min(tookMs, lastMs), longestRestMs);
  }

  /** How many keys a resync that comes every `resyncMs` may queue: `budget`, or fewer where runs are long. */
  resyncBudget(budget: number, resyncMs: number): number {
    if (!this.#looksAtMany) return budget;
    return Math.min(Math.ceil((resyncMs * resyncShare) / this.#usualMs), budget);
  }
}

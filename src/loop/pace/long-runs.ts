/**
 * What long runs cost, and how that is bounded, for controllers whose runs go through many objects (`looksAtMany`): a
 * ReplicaSet of ten thousand pods is woken by each of them. For all other controllers nothing here applies.
 *
 * - A key rests after two long runs in a row within a minute, four times as long as the shorter of them took.
 * - The resync queues as few keys as take half a hundredth of the time.
 */

/** A run of so many milliseconds is a long one. */
const longMs = 2;
/** How long the rest is, in runs. */
const restInRuns = 4;
/** And how long at most, in milliseconds. */
const longestRestMs = 1_000;
/** Two long runs further apart than this, in milliseconds, cost little: the second does not earn a rest. */
const inARowMs = 60_000;
/** The share of the time that the resync may take. */
const resyncShare = 0.005;

export class LongRuns {
  readonly #looksAtMany: boolean;
  /**
   * The keys whose last run was a long one, how long, in milliseconds, and when it ended; the oldest first. One alone may be long
   * because the processor was taken.
   */
  readonly #last = new Map<string, { readonly ms: number; readonly at: number }>();
  /** How long a run took lately, on average. */
  #usualMs = 0;

  constructor(looksAtMany: boolean) {
    this.#looksAtMany = looksAtMany;
  }

  /** How long the key rests after a run that took so long and ended at `now`, in milliseconds; 0 for not at all. */
  restAfter(key: string, tookMs: number, isSettled: boolean, now: number): number {
    if (!this.#looksAtMany) return 0;
    this.#usualMs += (tookMs - this.#usualMs) / 100;
    const last = this.#last.get(key);
    this.#last.delete(key);
    // A controller that has more to do, or failed, has said when to run again.
    if (!isSettled || tookMs < longMs) return 0;
    this.#last.set(key, { ms: tookMs, at: now });
    if (!last || isLongAgo(last.at, now)) return 0;
    return Math.min(restInRuns * Math.min(tookMs, last.ms), longestRestMs);
  }

  /** Forgets the keys that no second run follows, because their objects are gone or calm. */
  sweep(now: number): void {
    for (const [key, { at }] of this.#last) {
      if (!isLongAgo(at, now)) return;
      this.#last.delete(key);
    }
  }

  /** How many keys a resync that comes every `resyncMs` may queue: `budget`, or fewer where runs are long. */
  resyncBudget(budget: number, resyncMs: number): number {
    if (!this.#looksAtMany) return budget;
    return Math.min(Math.ceil((resyncMs * resyncShare) / this.#usualMs), budget);
  }
}

function isLongAgo(at: number, now: number): boolean {
  return now - at > inARowMs;
}

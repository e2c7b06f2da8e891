/**
 * When a key runs next, if nothing changes before: what follows from how its run ended and from what it wrote. Four limits are
 * asked, each of which counts runs of another kind: failures (rate-limiter.ts), runs that do nothing (idle-runs.ts), long runs
 * (long-runs.ts) and writes in a circle (circles.ts). This file says which run counts for which of them; the loop carries out
 * what it answers.
 */

import { textOf, type WorkItem } from "../queue/index.ts";
import type { BackOff } from "./back-off.ts";
import { type CircleSight, Circles, type Hold, type MadeWrite } from "./circles.ts";
import { IdleRuns } from "./idle-runs.ts";
import { LongRuns } from "./long-runs.ts";
import { RateLimiter } from "./rate-limiter.ts";
import type { RunEnd } from "./run-end.ts";

/** A run that is over. */
export interface Run {
  readonly item: WorkItem;
  readonly end: RunEnd;
  readonly written: readonly MadeWrite[];
  readonly tookMs: number;
}

export interface Next {
  /** What runs, and in how many milliseconds; undefined where the key waits for a change. */
  readonly again?: { readonly item: WorkItem; readonly ms: number } | undefined;
  /** For how many milliseconds the key is kept back even if something changes; 0 for not at all. */
  readonly holdMs: number;
  /** Whether what a person causes is not kept back. */
  readonly letsPersonsPass: boolean;
  /** The circle that the key is held back for. */
  readonly circle?: Hold | undefined;
  /** What the controller does wrong, where this is the first time. */
  readonly mistake?: string | undefined;
}

export interface PaceOptions {
  readonly backOff: BackOff;
  /** Whether the controller's runs go through many objects. */
  readonly looksAtMany: boolean;
}

export class Pace {
  readonly #rateLimiter: RateLimiter;
  readonly #idleRuns = new IdleRuns();
  readonly #longRuns: LongRuns;
  readonly #circles: Circles;

  constructor(sight: CircleSight, { backOff, looksAtMany }: PaceOptions) {
    this.#rateLimiter = new RateLimiter(backOff);
    this.#longRuns = new LongRuns(looksAtMany);
    this.#circles = new Circles(sight);
  }

  /** For how many milliseconds a run is to wait before it begins. `now` is milliseconds since 1970, here and below. */
  waitBefore(item: WorkItem, now: number): number {
    return this.#circles.waitBefore(item, now);
  }

  afterRun({ item, end, written, tookMs }: Run, now: number): Next {
    const key = textOf(item.key);
    const restMs = this.#longRuns.restAfter(key, tookMs, end.how === "settled", now);
    const circle = this.#circles.note(key, item, written, now);
    return {
      ...this.#afterEnd(key, item, end, written.length > 0),
      holdMs: Math.max(restMs, circle?.ms ?? 0),
      letsPersonsPass: restMs === 0,
      circle,
    };
  }

  /** What follows from a write that a run of the item's key made when it was over already. */
  afterLateWrite(item: WorkItem, write: MadeWrite, now: number): Next {
    const circle = this.#circles.note(textOf(item.key), item, [write], now);
    return { holdMs: circle?.ms ?? 0, letsPersonsPass: true, circle };
  }

  /** Whether the key waits for another try after a failure. */
  isLimited(key: string): boolean {
    return this.#rateLimiter.isLimited(key);
  }

  /** How many keys a resync that comes every `resyncMs` may queue: `budget`, or fewer where runs are long. */
  resyncBudget(budget: number, resyncMs: number): number {
    return this.#longRuns.resyncBudget(budget, resyncMs);
  }

  /** Forgets what is over. What counts failures and idle runs forgets a key with its next run, and there is always one to come. */
  sweep(now: number): void {
    this.#longRuns.sweep(now);
    this.#circles.sweep(now);
  }

  #afterEnd(key: string, item: WorkItem, end: RunEnd, hasWritten: boolean): Pick<Next, "again" | "mistake"> {
    switch (end.how) {
      case "settled":
      case "given up":
        this.#rateLimiter.forget(key);
        this.#idleRuns.forget(key);
        return {};
      case "again":
        this.#rateLimiter.forget(key);
        return this.#afterAsking(key, item, end.ms, hasWritten);
      default:
        // A retry is not what the person asked for: it may be held back.
        return { again: { item: { ...item, isPersonal: false }, ms: this.#rateLimiter.when(key) } };
    }
  }

  /** The controller asked for another run in `ms`. */
  #afterAsking(
    key: string,
    item: WorkItem,
    ms: number,
    hasWritten: boolean,
  ): Pick<Next, "again" | "mistake"> {
    const next = this.#idleRuns.next(key, ms, hasWritten);
    const asked: WorkItem = { key: item.key, isAsked: true };
    // What the clock brings about has no other cause; what goes on at once has the one that it had.
    const again = { item: next.ms === 0 ? { ...asked, cause: item.cause } : asked, ms: next.ms };
    if (!next.isFirst) return { again };
    const advice = "it is slowed down; again(ms) with 10 ms or more is kept as asked";
    return { again, mistake: `it returns again(${ms}) run after run and does nothing: ${advice}` };
  }
}

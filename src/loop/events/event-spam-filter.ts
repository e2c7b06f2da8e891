/**
 * How many events a source may tell of one object, as in client-go (EventSourceObjectSpamFilter): a token bucket for each
 * source and object, whatever the reasons, so that an object that never gets well cannot fill the store. The bucket is asked
 * once for each event, also for one that repeats. Other than in client-go the first event of each reason passes in any case: it is news,
 * such as why all the others come.
 */
import { setBounded } from "../../outside/index.ts";

export interface SpamLimits {
  /** How many events a source may tell of an object in a row. Default 25, as in client-go. */
  readonly burst: number;
  /** After how long it may tell one more, in milliseconds. Default 300,000, as in client-go. */
  readonly refillMs: number;
}

/** Of so many pairs of source and object; client-go's cache has that size. */
const remembered = 4_096;

interface Bucket {
  /** When it is full again, in milliseconds since 1970. */
  readonly fullAt: number;
  /** What was told so far. */
  readonly reasons: Set<string>;
}

export class EventSpamFilter {
  readonly #limits: SpamLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: SpamLimits) {
    this.#limits = limits;
  }

  /** Takes a token out of the bucket; false where there is none, and the reason is none that is new. `now` in milliseconds since 1970. */
  allows(source: string, about: string, reason: string, now: number): boolean {
    const { burst, refillMs } = this.#limits;
    const key = `${source}\n${about}`;
    const bucket = this.#buckets.get(key);
    const fullAt = Math.max(now, bucket?.fullAt ?? now);
    const reasons = bucket?.reasons ?? new Set();
    const isNews = !reasons.has(reason);
    const isAllowed = fullAt + refillMs - now <= burst * refillMs;
    const next = { fullAt: isAllowed ? fullAt + refillMs : fullAt, reasons: reasons.add(reason) };
    setBounded(this.#buckets, key, next, remembered);
    return isAllowed || isNews;
  }
}

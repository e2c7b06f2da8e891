/**
 * How many events a source may tell of one object, as in client-go (EventSourceObjectSpamFilter): a token bucket for each
 * source and object, whatever the reasons, so that an object that never gets well cannot fill the store. The bucket is asked
 * once for each event, also for one that repeats.
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

export class EventSpamFilter {
  readonly #limits: SpamLimits;
  /** When each bucket is full again, in milliseconds since 1970: a bucket is that one number. */
  readonly #fullAt = new Map<string, number>();

  constructor(limits: SpamLimits) {
    this.#limits = limits;
  }

  /** Takes a token out of the bucket; false where there is none. `now` in milliseconds since 1970. */
  allows(source: string, about: string, now: number): boolean {
    const { burst, refillMs } = this.#limits;
    const key = `${source}\n${about}`;
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? now);
    const isAllowed = fullAt + refillMs - now <= burst * refillMs;
    setBounded(this.#fullAt, key, isAllowed ? fullAt + refillMs : fullAt, remembered);
    return isAllowed;
  }
}

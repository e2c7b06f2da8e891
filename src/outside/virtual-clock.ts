/**
 * A clock that moves only when it is pushed. A test says `await clock.advance(5_000)` and everything that a real cluster
 * would do in those five seconds has happened when the promise resolves, in the same order each time, without waiting.
 */
import { type Clock, sleepOn, type Timer } from "./clock.ts";

interface Due {
  at: number;
  order: number;
  run: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #offset = 0;
  #order = 0;
  #timers: Due[] = [];
  #soon: (() => void)[] = [];

  /**
   * Starts at a fixed instant, so that timestamps repeat: 2026-01-01T00:00:00Z unless said otherwise.
   * @param startMs in milliseconds since 1970; throws RangeError where it is no time
   */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    if (Number.isNaN(new Date(startMs).getTime()))
      throw new RangeError(
        `a clock starts at milliseconds since 1970, as Date.UTC gives them, not at ${String(startMs)}`,
      );
    this.#now = startMs;
  }

  now(): number {
    return this.#now + this.#offset;
  }

  elapsed(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const due: Due = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    const index = this.#timers.findLastIndex(other => other.at <= due.at);
    this.#timers.splice(index + 1, 0, due);
    return {
      cancel: () => {
        const place = this.#timers.indexOf(due);
        if (place >= 0) this.#timers.splice(place, 1);
      },
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** The time of day is set by so much. Timers, and what has elapsed, go on as before. */
  jump(ms: number): void {
    this.#offset += ms;
  }

  /** A turn that takes long: time goes by, and nothing that falls due can run. */
  stall(ms: number): void {
    this.#now += ms;
  }

  /** Moves time on by `ms`, running all that falls due on the way, each timer at its own instant. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      await this.settle();
      const at = this.#timers[0]?.at ?? Number.POSITIVE_INFINITY;
      if (at > target) break;
      this.#now = Math.max(this.#now, at);
      // What is due together runs together; what that makes due at once comes before the next instant.
      for (let next = this.#timers[0]; next?.at === at; next = this.#timers[0]) {
        this.#timers.shift();
        next.run();
      }
    }
    this.#now = target;
  }

  /** Runs all that is to happen now, and returns when nothing is left to do before time moves. */
  async settle(): Promise<void> {
    do {
      await turnOfTheLoop();
      for (const run of this.#soon.splice(0)) run();
      await turnOfTheLoop();
    } while (this.#soon.length > 0);
  }
}

/** A real turn: every microtask that is ready, and all that they make ready, has run when it resolves. */
function turnOfTheLoop(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

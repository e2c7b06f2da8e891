/**
 * Time comes in from outside. Everything that waits, stamps or measures asks a Clock, so that a whole cluster can run
 * on the wall clock, or in virtual time from a test. `now` is for what is written down, `elapsed` for how long something has taken or may
 * take. `soon` is the next turn of the loop: work queues run there.
 */
import { onAbort } from "./on-abort.ts";

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970, as Date.now(). */
  now(): number;
  /** Milliseconds since some moment in the past: what durations are measured by. It never jumps when the time of day is set. */
  elapsed(): number;
  /** Calls `run` once, `ms` from now. A timer keeps nothing alive: it never holds the process open. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` in the next turn of the event loop, before any timer that is due later. */
  soon(run: () => void): void;
  /** Resolves `ms` from now; rejects with the signal's reason if that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Builds `sleep` out of `after`, so that every clock sleeps alike. */
export function sleepOn(clock: Pick<Clock, "after">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      takeBack();
      resolve();
    });
    const takeBack = onAbort(signal, abort);
  });
}

/** setTimeout counts in 32 bits: a longer wait, 25 days, would fire at once. */
const longestMs = 2 ** 31 - 1;

/** The wall clock. */
export const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const wait = (left: number): NodeJS.Timeout =>
      setTimeout(
        () => {
          if (left <= longestMs) run();
          else timer = wait(left - longestMs);
        },
        Math.min(left, longestMs),
      ).unref();
    let timer = wait(ms);
    return { cancel: () => clearTimeout(timer) };
  },
  soon: run => void setImmediate(run),
  sleep: (ms, signal) => sleepOn(realClock, ms, signal),
};

/** The same with six digits after the second, as Leases and the newer events have it. */
export function microTime(ms: number): string {
  return written(ms).toISOString().replace("Z", "000Z");
}

/** The second that was written last, as text: thousands of objects are made in one. */
let second = Number.NaN;
let text = "";

/**
 * A time, in milliseconds since 1970, as Kubernetes writes it in metadata and conditions: RFC 3339, whole seconds. Periods that
 * users give are numbers of 64 bits: a time beyond the years that can be written is the first or last of these.
 */
export function timestamp(ms: number): string {
  const now = Math.floor(ms / 1_000);
  if (now === second) return text;
  text = `${written(ms).toISOString().slice(0, 19)}Z`;
  second = now;
  return text;
}

/** RFC 3339 has four digits for the year. */
const firstTime = Date.parse("0001-01-01T00:00:00Z");
const lastTime = Date.parse("9999-12-31T23:59:59.999Z");

/** The time itself, or the nearest that can be written. */
function written(ms: number): Date {
  return new Date(Math.min(Math.max(ms, firstTime), lastTime));
}

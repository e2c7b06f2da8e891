/**
 * Virtual time for demos of what takes minutes: a silent node is given up after 50 seconds, its pods after five minutes. Time
 * passes only while something is waited for, and then at once.
 */
import type { VirtualClock } from "k4s";

/** How far the clock goes at once: what is waited for is seen at most so much later. */
const stepMs = 100;

/** What the work resolves to. Where there is a clock, time passes until then, as much as it takes. */
export async function passing<T>(clock: VirtualClock | undefined, work: Promise<T>): Promise<T> {
  if (!clock) return work;
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  await clock.settle();
  while (!isDone) await clock.advance(stepMs);
  return work;
}

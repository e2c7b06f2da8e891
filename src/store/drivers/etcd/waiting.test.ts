/** Who waits for a revision is told when it is reached, in order, and nobody else is asked; who waits in vain is told so, by the deadline or at the end. */
import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../../outside/index.ts";
import { Waiting } from "./waiting.ts";

function waitingOn(clock: VirtualClock) {
  const doubts: number[] = [];
  return { waiting: new Waiting(clock, () => void doubts.push(clock.now())), doubts };
}

test("each is told when its revision is reached, whatever the order in which they came", async () => {
  const { waiting, doubts } = waitingOn(new VirtualClock());
  const random = seededRandom(7);
  const told: number[] = [];
  const wanted = Array.from({ length: 200 }, () => 1 + Math.floor(random.next() * 100));
  const all = wanted.map(revision => waiting.told(revision, 10_000_000).then(() => void told.push(revision)));
  const sorted = wanted.toSorted((a, b) => a - b);
  for (const reached of [10, 11, 60]) {
    waiting.reached(reached);
    // What is told arrives in later turns.
    await new Promise(resolve => setImmediate(resolve));
    expect(told).toEqual(sorted.filter(revision => revision <= reached));
  }
  waiting.reached(100);
  await Promise.all(all);
  expect(told).toEqual(sorted);
  // What is known already is not waited for.
  await waiting.told(100, 0);
  expect(doubts).toEqual([]);
});

test("a change asks those alone that cannot name a revision", async () => {
  const { waiting } = waitingOn(new VirtualClock());
  let asked = 0;
  const enough = () => ++asked > 3;
  const there = waiting.toldThat(enough, 10_000_000);
  const later = Array.from({ length: 50 }, (_, i) => waiting.told(10 + i, 10_000_000));
  waiting.reached(1);
  waiting.reached(2);
  waiting.reached(3);
  await there;
  expect(asked).toBe(4);
  waiting.reached(100);
  await Promise.all(later);
});

test("a watch that does not tell is doubted, then given up at the deadline; the end is told to all", async () => {
  const clock = new VirtualClock();
  const { waiting, doubts } = waitingOn(clock);
  const began = clock.now();
  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      () => "told",
      error => String(error.reason),
    );
  const late = outcome(waiting.told(5, began + 4_000));
  await clock.advance(1_500);
  expect(doubts).toEqual([began + 1_500]);
  await clock.advance(2_500);
  expect(await late).toBe("ServiceUnavailable");
  const open = outcome(waiting.told(5, began + 60_000));
  waiting.end();
  expect(await open).toBe("ServiceUnavailable");
});

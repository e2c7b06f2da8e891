/** A process that was halted goes on as one does: what has come meanwhile is read first, and in order. */
import { expect, it } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import { ProcessClock } from "./process-clock.ts";

it("is told nothing while it is halted, then all in order, and what comes then after that", async () => {
  const base = new VirtualClock();
  const clock = new ProcessClock(base);
  const told: string[] = [];
  const at = (ms: number, what: string) => clock.after(ms, () => void told.push(what));
  at(1, "before");
  base.after(2, () => clock.halt());
  for (const ms of [3, 4, 5]) at(ms, `due at ${ms}`);
  at(6, "cancelled").cancel();
  base.after(10, () => {
    clock.goOn();
    clock.soon(() => told.push("at once"));
  });
  at(11, "later");
  await base.advance(9);
  expect(told).toEqual(["before"]);
  await base.advance(1);
  await base.advance(5);
  expect(told).toEqual(["before", "due at 3", "due at 4", "due at 5", "at once", "later"]);
  expect(clock.isHalted).toBe(false);
});

it("stops in the middle of that where it is halted again, and does nothing more where it ends", async () => {
  const base = new VirtualClock();
  const clock = new ProcessClock(base);
  const told: number[] = [];
  clock.halt();
  for (const each of [1, 2, 3])
    clock.after(1, () => {
      told.push(each);
      if (each === 2) clock.halt();
    });
  await base.advance(5);
  clock.goOn();
  await base.advance(5);
  expect(told).toEqual([1, 2]);
  clock.end();
  clock.goOn();
  await base.advance(5);
  expect(told).toEqual([1, 2]);
});

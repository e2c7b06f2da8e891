import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import type { FarProcess } from "./far-process.ts";
import { FarProcesses } from "./far-processes.ts";
import { TestCarriers } from "./test-carrier.ts";

function world() {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const carriers = new TestCarriers(clock, random);
  const events: string[] = [];
  const process = (name: string) =>
    new FarProcesses({
      ...{ name, clock, random, carrier: carriers.carrier() },
      events: {
        opened: (each: FarProcess) => void events.push(`${name} hears ${each.name}`),
        broken: (each: FarProcess) => void events.push(`${name} loses ${each.name}`),
        message() {},
        asked() {},
      } as never,
      onFault: fault => void events.push(`${name}: ${(fault as Error).message}`),
    });
  return { clock, carriers, events, process };
}

test("of two of one name that start at the same moment one does, and the other fails", async () => {
  const { clock, process } = world();
  const starts = [process("same").start(), process("same").start()];
  const ended = Promise.allSettled(starts);
  await clock.advance(3_000);
  const outcomes = await ended;
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { reason: "AlreadyExists" },
  });
});

test("of two of one name that did not reach each other when they started one gives way, and the others keep to the one that stays", async () => {
  const { clock, carriers, events, process } = world();
  const third = process("third").start();
  await clock.advance(3_000);
  await third;
  carriers.isUp = false;
  const both = [process("same").start(), process("same").start()];
  await clock.advance(3_000);
  await Promise.all(both);
  carriers.comeBack();
  await clock.advance(20_000);
  const told = "same: another process takes part as same: each must have a name of its own";
  expect(events.filter(each => each.startsWith("same: ")).sort()).toEqual([
    told,
    `${told}; this one takes part no more, until it is started anew`,
  ]);
  const soFar = events.length;
  await clock.advance(60_000);
  expect(events.slice(soFar)).toEqual([]);
  expect(events.filter(each => each === "third hears same").length).toBeGreaterThan(0);
});

import { expect, it } from "vitest";
import { FairTurns } from "./fair-turns.ts";

/** Time that moves when something is done, and turns of the event loop that the test makes. */
function turns(costMs: number) {
  let now = 0;
  let soon: (() => void)[] = [];
  const fair = new FairTurns<string>({ elapsed: () => now, soon: run => void soon.push(run) });
  const begun: string[] = [];
  return {
    begun,
    async ask(asker: string) {
      const wait = fair.wait(asker);
      if (wait) await wait;
      begun.push(asker);
      now += costMs;
    },
    /** Returns what was begun in the turn. */
    async turn() {
      begun.length = 0;
      const due = soon;
      soon = [];
      for (const run of due) run();
      await new Promise(resolve => setImmediate(resolve));
      return begun.slice();
    },
    get isIdle() {
      return soon.length === 0;
    },
  };
}

it("begins at once what fits into a share of the turn, and the rest in turns of their own", async () => {
  const town = turns(4);
  for (let n = 0; n < 8; n++) void town.ask("a");
  expect(town.begun).toEqual(["a", "a", "a"]);
  expect(await town.turn()).toEqual(["a", "a", "a"]);
  expect(await town.turn()).toEqual(["a", "a"]);
  expect(await town.turn()).toEqual([]);
  expect(town.isIdle).toBe(true);
  void town.ask("a");
  expect(town.begun).toEqual(["a"]);
});

it("lets threads take turns, and keeps the order of each", async () => {
  const town = turns(4);
  for (const asker of "aaaaaaab") void town.ask(asker);
  void town.ask("c");
  expect(await town.turn()).toEqual(["a", "b", "c"]);
  expect(await town.turn()).toEqual(["a", "a", "a"]);
});

it("goes on while a call waits for something else", async () => {
  const town = turns(0);
  const never = new Promise(() => {});
  void town.ask("a").then(() => never);
  void town.ask("a");
  expect(town.begun).toEqual(["a", "a"]);
});

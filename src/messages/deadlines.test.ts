import { expect, it } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import { Deadlines, Due } from "./deadlines.ts";

class Task extends Due {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
}

function started() {
  const clock = new VirtualClock(0);
  const expired: string[] = [];
  const deadlines = new Deadlines<Task>(clock, (task, timeoutMs) => {
    expired.push(`${task.name} after ${timeoutMs} at ${clock.now()}`);
  });
  const add = (name: string, timeoutMs: number) => {
    const task = new Task(name);
    deadlines.add(task, timeoutMs);
    return task;
  };
  return { clock, expired, deadlines, add };
}

it("expires each at its own time, whatever its timeout", async () => {
  const { clock, expired, add } = started();
  add("a", 100);
  add("b", 10);
  await clock.advance(5);
  add("c", 10);
  add("never", Number.POSITIVE_INFINITY);
  await clock.advance(1_000);
  expect(expired).toEqual(["b after 10 at 10", "c after 10 at 15", "a after 100 at 100"]);
});

it("forgets what is not due any more: first, middle, last, twice", async () => {
  const { clock, expired, add } = started();
  const tasks = ["a", "b", "c", "d", "e"].map(name => add(name, 10));
  for (const index of [0, 2, 4, 4]) tasks[index]?.notDue();
  await clock.advance(20);
  expect(expired).toEqual(["b after 10 at 10", "d after 10 at 10"]);
});

it("may be added to while it expires, and starts again after it was empty", async () => {
  const { clock, expired, add } = started();
  add("a", 10).notDue();
  await clock.advance(50);
  add("b", 10);
  await clock.advance(50);
  expect(expired).toEqual(["b after 10 at 60"]);
});

it("expires nothing after it was cleared", async () => {
  const { clock, expired, deadlines, add } = started();
  add("a", 10);
  deadlines.clear();
  await clock.advance(50);
  expect(expired).toEqual([]);
});

import { expect, it } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { Deadlines, type Due, notDue } from "./deadlines.ts";

interface Task extends Due {
  readonly name: string;
}

function started() {
  const clock = new VirtualClock(0);
  const expired: string[] = [];
  const deadlines = new Deadlines<Task>(clock, (task, timeoutMs) => {
    expired.push(`${task.name} after ${timeoutMs} at ${clock.now()}`);
  });
  const add = (name: string, timeoutMs: number) => {
    const task: Task = {
      name,
      dueFrom: undefined,
      dueList: undefined,
      dueBefore: undefined,
      dueAfter: undefined,
    };
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

it("counts from the end of the turn in which it was asked, however long that took", async () => {
  const { clock, expired, add } = started();
  const slowTurn = async (ms: number) => {
    add("first", 10);
    clock.stall(ms);
    add("second", 10);
    await clock.settle();
  };
  await slowTurn(100);
  expect(expired).toEqual([]);
  await clock.advance(10);
  expect(expired).toEqual(["first after 10 at 110", "second after 10 at 110"]);
});

it("forgets what is not due any more: first, middle, last, twice", async () => {
  const { clock, expired, add } = started();
  const tasks = ["a", "b", "c", "d", "e"].map(name => add(name, 10));
  for (const index of [0, 2, 4, 4]) notDue(tasks[index] as Task);
  await clock.advance(20);
  expect(expired).toEqual(["b after 10 at 10", "d after 10 at 10"]);
});

it("may be added to while it expires, and starts again after it was empty", async () => {
  const { clock, expired, add } = started();
  notDue(add("a", 10));
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

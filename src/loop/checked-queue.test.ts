import { expect, test } from "vitest";
import { queueOf } from "./checked-queue.ts";
import { type Controller, controller, type Reader } from "./controller.ts";
import { Mistakes } from "./mistakes.ts";
import { settled } from "./outcome.ts";
import type { WorkItem } from "./queue/work-item.ts";
import { FifoQueue, type Queue } from "./queue/work-queue.ts";

/** The last that came is the first that goes; fails from when it is told to. */
class Stack implements Queue<WorkItem> {
  readonly #own = new Map<string, WorkItem>();
  isBroken = false;

  get length(): number {
    return this.#own.size;
  }

  add(key: string, item: WorkItem): void {
    this.#check();
    this.#own.set(key, item);
  }

  take() {
    this.#check();
    const [key, item] = [...this.#own].at(-1) ?? [];
    if (key === undefined || !item) return undefined;
    this.#own.delete(key);
    return { key, item };
  }

  #check(): void {
    if (this.isBroken) throw new Error("broken");
  }
}

const item = (name: string): WorkItem => ({ key: { kind: "ConfigMap", namespace: "demo", name } });

function checked(own: Queue<WorkItem>) {
  const told: string[] = [];
  const stacked = controller({
    kind: "ConfigMap",
    name: "stacked",
    wokenBy: [],
    queue: () => own,
    reconcile: async () => settled,
  });
  const mistakes = new Mistakes((_, mistake) => told.push(mistake.message));
  const queue = queueOf(stacked as Controller, {} as Reader, mistakes) ?? new FifoQueue<WorkItem>();
  return { queue, told };
}

function* taken(queue: Queue<WorkItem>) {
  for (let next = queue.take(); next; next = queue.take()) yield next.key;
}

test.each([
  ["take", ["a", "b"]],
  ["add", ["a", "b", "d"]],
])("what waits in a queue whose %s fails is not lost", (verb, left) => {
  const stack = new Stack();
  const { queue, told } = checked(stack);
  for (const name of ["a", "b", "c"]) queue.add(name, item(name));
  expect(queue.take()?.key).toBe("c");
  stack.isBroken = true;
  if (verb === "add") queue.add("d", item("d"));
  expect([...taken(queue)]).toEqual(left);
  expect(queue.length).toBe(0);
  expect(told).toEqual([expect.stringContaining("the first that came is the first that goes")]);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairQueue, WorkQueue } from "./work-queue.ts";

describe("a work queue", () => {
  it("hands out keys in the order in which they came, each once", () => {
    const queue = new WorkQueue<number>();
    queue.add("a", 1);
    queue.add("b", 2);
    queue.add("a", 3);
    expect(queue.length).toBe(2);
    expect(queue.take()).toEqual({ key: "a", item: 3 });
    expect(queue.take()).toEqual({ key: "b", item: 2 });
    expect(queue.take()).toBeUndefined();
  });

  it("keeps a key that comes while it runs until the run is over", () => {
    const queue = new WorkQueue<number>();
    queue.add("a", 1);
    queue.take();
    queue.add("a", 2);
    expect(queue.take()).toBeUndefined();
    queue.done("a");
    expect(queue.take()).toEqual({ key: "a", item: 2 });
  });

  it("never runs one key twice at once, and runs every key after its last addition", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), key: fc.constantFrom("a", "b", "c") }),
      fc.constant({ do: "take" as const }),
      fc.constant({ do: "done" as const }),
    );
    fc.assert(
      fc.property(fc.array(step), steps => {
        const queue = new WorkQueue<number>();
        const running: string[] = [];
        const added = new Map<string, number>();
        const seen = new Map<string, number>();
        const take = () => {
          const next = queue.take();
          if (!next) return false;
          expect(running).not.toContain(next.key);
          running.push(next.key);
          seen.set(next.key, next.item);
          return true;
        };
        const done = () => {
          const key = running.shift();
          if (key) queue.done(key);
        };
        for (const [time, step] of steps.entries()) {
          if (step.do === "add") {
            queue.add(step.key, time);
            added.set(step.key, time);
          } else if (step.do === "take") take();
          else done();
        }
        while (running.length > 0 || queue.length > 0) {
          take();
          done();
        }
        expect(seen).toEqual(added);
      }),
    );
  });
});

it("a fair queue lets its parts take turns, and each part keeps its order", () => {
  const queue = new FairQueue<string>(item => item.slice(0, 3));
  for (const name of ["pod-1", "pod-2", "pod-3", "set-1", "set-2", "pod-1"]) queue.add(name, name);
  expect(queue.length).toBe(5);
  const taken = [];
  for (let next = queue.take(); next; next = queue.take()) taken.push(next.key);
  expect(taken).toEqual(["pod-1", "set-1", "pod-2", "set-2", "pod-3"]);
  expect(queue.length).toBe(0);
});

it("a controller's own queue decides the order, and the rules of running keys hold all the same", () => {
  const last: { key: string; item: number }[] = [];
  const lifo = {
    get length() {
      return last.length;
    },
    add: (key: string, item: number) => void last.push({ key, item }),
    take: () => last.pop(),
  };
  const queue = new WorkQueue<number>(lifo);
  queue.add("a", 1);
  queue.add("b", 2);
  expect(queue.take()).toEqual({ key: "b", item: 2 });
  queue.add("b", 3);
  expect(queue.take()).toEqual({ key: "a", item: 1 });
  expect(queue.take()).toBeUndefined();
  queue.done("b");
  expect(queue.take()).toEqual({ key: "b", item: 3 });
});

import { expect, it } from "vitest";
import { Stream } from "./stream.ts";

async function all<T>(stream: Stream<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

it("gives what came before and what comes after it is read, in order, and then ends", async () => {
  const stream = new Stream<number>();
  stream.push(1);
  const read = all(stream);
  stream.push(2);
  await Promise.resolve();
  stream.push(3);
  stream.end();
  stream.push(4);
  expect(await read).toEqual([1, 2, 3]);
});

it("says once why it ended, after what came before", async () => {
  const stream = new Stream<number>();
  stream.push(1);
  stream.end(new Error("broken"));
  stream.end(new Error("again"));
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  await expect(stream.next()).rejects.toThrow("broken");
  expect((await stream.next()).done).toBe(true);
});

it("takes no more than its limit, besides what a reader waits for, and counts what is unread", async () => {
  const stream = new Stream<number>();
  expect([1, 2, 3].map(item => stream.push(item, 2))).toEqual([true, true, false]);
  expect(stream.unread).toBe(2);
  await stream.next();
  await stream.next();
  const next = stream.next();
  expect(stream.push(4, 0)).toBe(true);
  expect(await next).toEqual({ done: false, value: 4 });
});

it("tells when an item is taken, and once when it has ended, from either side", async () => {
  const told: unknown[] = [];
  const stream = new Stream<string>({ taken: item => told.push(item), ended: () => told.push("ended") });
  stream.push("a");
  stream.push("b");
  stream.push("dropped");
  expect(told).toEqual([]);
  await stream.next();
  expect(told).toEqual(["a"]);
  await stream.next();
  const waiting = new Stream<string>({ taken: item => told.push(item) });
  const next = waiting.next();
  waiting.push("c");
  await next;
  await stream.return();
  await stream.return();
  stream.end();
  expect(told).toEqual(["a", "b", "c", "ended"]);
  expect(stream.unread).toBe(0);
});

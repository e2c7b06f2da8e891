import { expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { DelayingQueue } from "./delaying-queue.ts";
import type { WorkItem } from "./work-item.ts";
import { WorkQueue } from "./work-queue.ts";

const key = { kind: "ConfigMap", namespace: "default", name: "a" } as const;
const byPerson: WorkItem = { key, isPersonal: true };
const byController: WorkItem = { key, cause: 7 };

function queue() {
  const clock = new VirtualClock();
  let added = 0;
  const delaying = new DelayingQueue(new WorkQueue(), clock, () => void added++);
  const take = () => delaying.take()?.item;
  return { clock, delaying, take, added: () => added };
}

test("an item that is added later comes when its time has come, the last one of a key", async () => {
  const { clock, delaying, take, added } = queue();
  delaying.addAfter("a", byPerson, 100);
  delaying.addAfter("a", byController, 200);
  await clock.advance(199);
  expect([take(), added()]).toEqual([undefined, 0]);
  await clock.advance(1);
  expect([take(), added()]).toEqual([byController, 1]);
});

test("a key that is handed out before does not come again later", async () => {
  const { clock, delaying, take } = queue();
  delaying.addAfter("a", byController, 100);
  delaying.add("a", byPerson);
  expect(take()).toBe(byPerson);
  delaying.done("a");
  await clock.advance(100);
  expect(take()).toBeUndefined();
});

test("what is added to a key that is held back is one item, the newest, when the time has come", async () => {
  const { clock, delaying, take } = queue();
  delaying.hold("a", 100);
  for (const item of [byController, byPerson]) {
    delaying.add("a", item);
    expect(take()).toBeUndefined();
  }
  await clock.advance(100);
  expect(take()).toBe(byPerson);
  expect(take()).toBeUndefined();
});

test("persons pass where the hold lets them", () => {
  const { delaying, take } = queue();
  delaying.hold("a", 100, true);
  delaying.add("a", byController);
  expect(take()).toBeUndefined();
  delaying.add("a", byPerson);
  expect(take()).toBe(byPerson);
});

test("nothing comes after it was stopped, and no timer is left", async () => {
  const { clock, delaying, take } = queue();
  delaying.addAfter("a", byController, 100);
  delaying.hold("b", 100);
  delaying.stop();
  delaying.add("a", byController);
  delaying.addAfter("a", byController, 100);
  delaying.hold("a", 100);
  await clock.advance(1_000);
  expect(take()).toBeUndefined();
});

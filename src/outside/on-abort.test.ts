import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { onAbort } from "./on-abort.ts";

const times = (count: number) => Array.from({ length: count }, (_, i) => i);

it("calls everyone once, in their order, by one listener", () => {
  const controller = new AbortController();
  const called: number[] = [];
  for (const i of times(100)) onAbort(controller.signal, () => called.push(i));
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort();
  expect(called).toEqual(times(100));
  onAbort(controller.signal, () => called.push(-1));
  expect(called).toHaveLength(100);
});

it("can be taken back, and leaves nothing at the signal", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const run = () => called.push("same");
  const takeBack = onAbort(controller.signal, run);
  const other = onAbort(controller.signal, run);
  takeBack();
  takeBack();
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  other();
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  onAbort(controller.signal, run);
  controller.abort();
  expect(called).toEqual(["same"]);
});

it("one that is taken back while others are called is not called, or is, and never twice", () => {
  const controller = new AbortController();
  let calls = 0;
  const takeBack = onAbort(controller.signal, () => takeBack());
  onAbort(controller.signal, () => calls++);
  controller.abort();
  expect(calls).toBe(1);
});

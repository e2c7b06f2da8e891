/** The control ports of the main thread behave as MessagePorts do, without copying. */
import { expect, test } from "vitest";
import { localPorts } from "./local-ports.ts";

const turn = () => new Promise(resolve => setImmediate(resolve));

test("delivers in order, in a microtask", async () => {
  const [left, right] = localPorts();
  const heard: unknown[] = [];
  right.on("message", value => heard.push(value));
  left.postMessage(1);
  left.postMessage(2);
  expect(heard).toEqual([]);
  await turn();
  expect(heard).toEqual([1, 2]);
});

test("tells the other end that it was closed, and delivers nothing afterwards", async () => {
  const [left, right] = localPorts();
  const heard: unknown[] = [];
  right.on("message", value => heard.push(value));
  right.on("close", () => heard.push("closed"));
  left.close();
  left.postMessage(1);
  await turn();
  expect(heard).toEqual(["closed"]);
});

/** What may be asked of a log, and that one that is followed ends with its client. */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { logHandler, untilClosed } from "./log.ts";

test("a client that leaves ends the reading, and one that has left never begins it", () => {
  const response = Object.assign(new EventEmitter(), { destroyed: false });
  const signal = untilClosed(response as never);
  expect(signal.aborted).toBe(false);
  response.emit("close");
  expect(signal.aborted).toBe(true);
  const gone = Object.assign(new EventEmitter(), { destroyed: true });
  expect(untilClosed(gone as never).aborted).toBe(true);
});

test.each([
  ["tailLines=-1", "tailLines: Invalid value: -1: must be greater than or equal to 0"],
  ["limitBytes=0", "limitBytes: Invalid value: 0: must be greater than 0"],
  ["limitBytes=-5", "limitBytes: Invalid value: -5: must be greater than 0"],
  ["sinceSeconds=0", "sinceSeconds: Invalid value: 0: must be greater than 0"],
  [
    "sinceSeconds=5&sinceTime=2026-01-02T03:04:05Z",
    "[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
  ],
  ["sinceTime=2026", 'parsing time "2026"'],
])("?%s is refused before anything is read", async (text, message) => {
  const { answer } = logHandler({ api: {}, clock: { now: () => 0 } } as never);
  const call = { caller: {}, target: { name: "web" }, query: new URLSearchParams(text) };
  await expect(answer(call as never, { method: "GET" } as never, {} as never)).rejects.toThrow(message);
});

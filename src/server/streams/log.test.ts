/** A log that is followed ends with its client. */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { untilClosed } from "./log.ts";

test("a client that leaves ends the reading, and one that has left never begins it", () => {
  const response = Object.assign(new EventEmitter(), { destroyed: false });
  const signal = untilClosed(response as never);
  expect(signal.aborted).toBe(false);
  response.emit("close");
  expect(signal.aborted).toBe(true);
  const gone = Object.assign(new EventEmitter(), { destroyed: true });
  expect(untilClosed(gone as never).aborted).toBe(true);
});

import { serialize } from "node:v8";
import { expect, test } from "vitest";
import { encoded, largeIn } from "./frames.ts";

const at = "_INBOX.k4s.a-b_C.messages.7";

test.each<[string, unknown, boolean]>([
  ["a place", { type: "large", at, length: 5 }, true],
  ["a place of answers", { type: "large", at: "_INBOX.k4s.x.answers.1", length: 1 }, true],
  ["another's subject", { type: "large", at: "k4s.shop.svc.sum", length: 5 }, false],
  ["nothing", { type: "large", at, length: 0 }, false],
  ["more than any may have", { type: "large", at, length: 2 ** 31 }, false],
  ["a message", { from: {}, expectsReply: true, body: 1 }, false],
  ["null", null, false],
])("a frame that names %s", (_, frame, isLarge) => {
  expect(largeIn(serialize(frame)) !== undefined).toBe(isLarge);
});

test("what is longer than such a frame is not read to find out", () => {
  const long = encoded({ type: "large", at: `_INBOX.k4s.${"x".repeat(600)}.messages.1`, length: 1 }, "it");
  expect(largeIn(long)).toBeUndefined();
});

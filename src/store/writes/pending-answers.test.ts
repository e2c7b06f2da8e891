import { expect, test } from "vitest";
import { Deferred, VirtualClock } from "../../outside/index.ts";
import { PendingAnswers } from "./pending-answers.ts";

const stopped = (who: string) => ({
  reason: "ServiceUnavailable",
  message: `${who} had not answered when the cluster stopped`,
});

test("an answer that comes is the answer, a refusal the refusal", async () => {
  const answers = new PendingAnswers();
  await expect(answers.until("a", Promise.resolve(1))).resolves.toBe(1);
  await expect(answers.until("a", Promise.reject(new Error("no")))).rejects.toThrow("no");
  answers.stop();
});

test("what has not come when it stops is given up, and what is asked later", async () => {
  const answers = new PendingAnswers();
  const never = answers.until("plugin x", new Promise(() => {}));
  answers.stop();
  await expect(never).rejects.toMatchObject(stopped("plugin x"));
  await expect(answers.until("y", Promise.resolve(1))).rejects.toMatchObject(stopped("y"));
});

test.each([
  [undefined, 10],
  [3, 3],
])("what has not come in time is given up, and what comes later is ignored: %s", async (seconds, after) => {
  const clock = new VirtualClock();
  const answers = new PendingAnswers(clock);
  const { promise, resolve } = new Deferred<number>();
  let end: unknown;
  Promise.resolve(answers.until("plugin x", promise, seconds)).catch(error => {
    end = error;
  });
  await clock.advance(after * 1_000 - 1);
  expect(end).toBeUndefined();
  await clock.advance(1);
  expect(end).toMatchObject({ reason: "Timeout", message: `plugin x did not answer within ${after} s` });
  resolve(1);
  answers.stop();
});

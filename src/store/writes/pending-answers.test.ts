import { expect, test } from "vitest";
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

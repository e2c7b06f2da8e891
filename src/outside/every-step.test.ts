import { expect, test } from "vitest";
import { everyEnd, everyStep } from "./every-step.ts";

const failing = (message: string) => async () => {
  throw new Error(message);
};

test("each step is done, in turn, whatever became of those before", async () => {
  const done: string[] = [];
  const step = (name: string) => async () => void done.push(name);
  await expect(
    everyStep([
      step("a"),
      failing("no b"),
      step("c"),
      () => {
        throw new Error("no d");
      },
      step("e"),
    ]),
  ).rejects.toMatchObject({ errors: [{ message: "no b" }, { message: "no d" }], message: "no b; no d" });
  expect(done).toEqual(["a", "c", "e"]);
});

test("one that fails alone is told as it is; none is no error", async () => {
  await expect(everyStep([failing("alone"), () => {}])).rejects.toThrow(/^alone$/);
  await everyStep([() => {}]);
});

test("what is done at once is waited for, too, and what steps have gathered is told in one list", async () => {
  let isDone = false;
  const slow = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
    isDone = true;
  });
  const both = () => everyEnd([failing("one")(), failing("two")(), slow]);
  await expect(everyStep([both, failing("three")])).rejects.toMatchObject({
    errors: [{ message: "one" }, { message: "two" }, { message: "three" }],
  });
  expect(isDone).toBe(true);
});

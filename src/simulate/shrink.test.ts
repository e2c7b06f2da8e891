import { expect, test } from "vitest";
import { shrunk } from "./shrink.ts";

const whole = Array.from({ length: 40 }, (_, number) => number);

test.each([
  ["one is to blame", [17]],
  ["two are, far from each other", [3, 31]],
  ["several are", [0, 1, 20, 39]],
])("where %s, only that is left, in its order", async (_, blamed) => {
  const shortest = await shrunk(whole, async part => blamed.every(each => part.includes(each)), 1_000);
  expect(shortest).toEqual(blamed);
});

test("nothing is left out that is needed, and no more is tried than may be", async () => {
  let tried = 0;
  const fails = async () => {
    tried++;
    return false;
  };
  expect(await shrunk(whole, fails, 10)).toEqual(whole);
  expect(tried).toBe(10);
});

import { expect, test } from "vitest";
import { Swings } from "./swings.ts";

/** Steps that are fifteen seconds apart, and what is told after each. */
function told(steps: readonly (readonly [number, number])[], apartMs = 15_000): (string | undefined)[] {
  const swings = new Swings();
  return steps.map(([before, after], i) => swings.scaled(before, after, i * apartMs));
}

const up = [2, 5] as const;
const down = [5, 2] as const;

test("a step that is taken a third time is told of, once in ten minutes", () => {
  const [message, ...others] = told([up, down, up, down, up, down, up]).filter(each => each !== undefined);
  expect(message).toMatch(
    /^scaled from 2 to 5 replicas 3 times in 60 s: its metrics .*stabilizationWindowSeconds/,
  );
  expect(others).toEqual([]);
  const again = told(Array.from({ length: 90 }, (_, i) => (i % 2 === 0 ? up : down)));
  expect(again.filter(each => each !== undefined)).toHaveLength(3);
});

test("where it never took the step back itself, something else did", () => {
  expect(
    told([
      [3, 5],
      [3, 5],
      [3, 5],
    ])[2],
  ).toMatch(/something else sets them back each time/);
});

test.each([
  [
    "steps of which none is the same",
    [
      [1, 2],
      [2, 3],
      [3, 2],
      [2, 1],
      [1, 3],
    ],
    15_000,
  ],
  ["the same once in ten minutes", [up, down, up, down, up, down, up], 300_000],
] as const)("%s are not told of", (_, steps, apartMs) => {
  expect(told(steps, apartMs).filter(each => each !== undefined)).toEqual([]);
});

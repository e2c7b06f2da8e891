import { expect, it } from "vitest";
import { backOffMs } from "./back-off.ts";

it.each([
  [1, 10],
  [2, 20],
  [5, 160],
  [9, 1_000],
  [5_000, 1_000],
])("after %i failures in a row it waits %i ms", (failures, ms) => {
  expect(backOffMs({ firstMs: 10, limitMs: 1_000 }, failures)).toBe(ms);
});

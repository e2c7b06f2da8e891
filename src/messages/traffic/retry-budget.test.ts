import { expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.ts";

const budget = () => new RetryBudget({ percent: 20, intervalMs: 10_000 });
const retries = (of: RetryBudget, wanted: number, now: number) =>
  Array.from({ length: wanted }, () => of.mayRetry(now)).filter(Boolean).length;

it("allows a few always, each second", () => {
  const few = budget();
  expect(retries(few, 100, 0)).toBe(10);
  expect(retries(few, 100, 500)).toBe(0);
  expect(retries(few, 100, 1_000)).toBe(10);
});

it("allows so many of a hundred, of what was asked in the interval", () => {
  const many = budget();
  for (let i = 0; i < 1_000; i++) many.requested(i);
  expect(retries(many, 1_000, 999)).toBe(200);
  expect(retries(many, 1_000, 5_000)).toBe(10);
  expect(retries(many, 1_000, 60_000)).toBe(10);
});

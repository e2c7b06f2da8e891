import { expect, test } from "vitest";
import { inShutdownOrder, type ShutdownPeriod, usualPeriods } from "./shutdown-periods.ts";

const period = (priority: number, shutdownGracePeriodSeconds: number): ShutdownPeriod => ({
  priority,
  shutdownGracePeriodSeconds,
});

test.each<[string, readonly number[], readonly ShutdownPeriod[], readonly [number, ...number[]][]]>([
  [
    "the example of Kubernetes' documentation",
    [0, 1_000, 9_999, 10_000, 100_000, 2_000_000_000],
    [period(100_000, 10), period(10_000, 180), period(1_000, 120), period(0, 60)],
    [
      [60_000, 0],
      [120_000, 1_000, 9_999],
      [180_000, 10_000],
      [10_000, 100_000, 2_000_000_000],
    ],
  ],
  [
    "what is below the lowest goes with it",
    [-5, 0, 7],
    [period(5, 1), period(6, 2)],
    [
      [1_000, -5, 0],
      [2_000, 7],
    ],
  ],
  ["one for all", [-1, 2_000_001_000], [period(0, 3)], [[3_000, -1, 2_000_001_000]]],
  [
    "critical pods have the last third",
    [1, 2_000_000_000],
    usualPeriods(true),
    [
      [20_000, 1],
      [10_000, 2_000_000_000],
    ],
  ],
  ["where there are none, the others have all", [1], usualPeriods(false), [[30_000, 1]]],
])("%s", (_, priorities, periods, expected) => {
  const order = inShutdownOrder(priorities, priority => priority, periods);
  expect(order.map(({ graceMs, endings }) => [graceMs, ...endings])).toEqual(expected);
});

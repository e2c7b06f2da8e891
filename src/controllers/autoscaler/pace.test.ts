import { expect, test } from "vitest";
import type { HPAScalingRules } from "../../resources/index.ts";
import { Pace } from "./pace.ts";

const bounds = { least: 1, most: 100 };
const rules = (policies: readonly [string, number, number][], more: Partial<HPAScalingRules> = {}) => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: policies.map(([type, value, periodSeconds]) => ({ type, value, periodSeconds })),
  ...more,
});

test.each<[number, number, number, string]>([
  [10, 10, 10, "DesiredWithinRange"],
  [10, 15, 15, "DesiredWithinRange"],
  [10, 50, 20, "ScaleUpLimit"],
  [1, 50, 4, "ScaleUpLimit"],
  [80, 150, 100, "TooManyReplicas"],
  [10, 0, 10, "DesiredWithinRange"],
])("of %i replicas, %i are wanted: %i at once, %s", (current, wanted, replicas, reason) => {
  const pace = new Pace(current, 0, 300_000);
  expect(pace.next({ ...bounds, current, wanted }, undefined, 15_000)).toMatchObject({ replicas, reason });
});

test("without a behavior it goes down after five minutes, and not below the least", () => {
  const pace = new Pace(10, 0, 300_000);
  const recommendation = { ...bounds, current: 10, wanted: 0 };
  expect(pace.next(recommendation, undefined, 299_000)).toMatchObject({
    replicas: 10,
    ableToScale: { reason: "ScaleDownStabilized" },
  });
  expect(pace.next(recommendation, undefined, 301_000)).toMatchObject({
    replicas: 1,
    reason: "TooFewReplicas",
    ableToScale: { reason: "ReadyForNewScale" },
  });
});

test("a window for going up: the lowest that was recommended in it", () => {
  const behavior = { scaleUp: rules([["Percent", 100, 15]], { stabilizationWindowSeconds: 60 }) };
  const pace = new Pace(2, 0, 300_000);
  const up = (wanted: number, at: number) => pace.next({ ...bounds, current: 2, wanted }, behavior, at);
  expect(up(4, 15_000)).toMatchObject({ replicas: 2, ableToScale: { reason: "ScaleUpStabilized" } });
  expect(up(3, 61_000)).toMatchObject({ replicas: 3, ableToScale: { reason: "ReadyForNewScale" } });
});

test.each<[string, HPAScalingRules, number[]]>([
  ["one pod in a minute", rules([["Pods", 1, 60]]), [11, 11, 11, 11, 12]],
  ["a tenth in 30 s, rounded up", rules([["Percent", 15, 30]]), [12, 12, 14, 14, 17]],
  [
    "the larger of two",
    rules([
      ["Pods", 4, 15],
      ["Percent", 100, 15],
    ]),
    [20, 40, 80, 100, 100],
  ],
  [
    "the smaller of two",
    rules(
      [
        ["Pods", 4, 15],
        ["Percent", 100, 15],
      ],
      { selectPolicy: "Min" },
    ),
    [14, 18, 22, 26, 30],
  ],
  ["disabled", rules([["Pods", 4, 15]], { selectPolicy: "Disabled" }), [10, 10, 10, 10, 10]],
])("up, each 15 seconds: %s", (_, scaleUp, expected) => {
  expect(steps(10, 100, { scaleUp })).toEqual(expected);
});

test.each<[string, HPAScalingRules, number[]]>([
  ["two pods in half a minute", rules([["Pods", 2, 30]]), [8, 8, 6, 6, 4]],
  ["half in 30 s, rounded down", rules([["Percent", 50, 30]]), [5, 5, 2, 2, 1]],
  [
    "the smaller of two",
    rules(
      [
        ["Pods", 4, 15],
        ["Percent", 10, 15],
      ],
      { selectPolicy: "Min" },
    ),
    [9, 8, 7, 6, 5],
  ],
  ["disabled", rules([["Pods", 4, 15]], { selectPolicy: "Disabled" }), [10, 10, 10, 10, 10]],
])("down, each 15 seconds: %s", (_, scaleDown, expected) => {
  expect(steps(10, 0, { scaleDown })).toEqual(expected);
});

function steps(
  from: number,
  wanted: number,
  behavior: { scaleUp?: HPAScalingRules; scaleDown?: HPAScalingRules },
) {
  const pace = new Pace(from, 0, 300_000);
  let current = from;
  return [1, 2, 3, 4, 5].map(look => {
    const { replicas } = pace.next({ ...bounds, current, wanted }, behavior, look * 15_000);
    if (replicas !== current) pace.scaled(current, replicas, behavior, look * 15_000);
    current = replicas;
    return replicas;
  });
}

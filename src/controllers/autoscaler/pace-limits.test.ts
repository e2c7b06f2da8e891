/**
 * How fast an autoscaler may go, with the numbers of Kubernetes 1.35's own tables in `pkg/controller/podautoscaler`,
 * horizontal_test.go: TestScalingWithRules, TestConvertDesiredReplicasWithRules and TestNormalizeDesiredReplicasWithBehavior.
 */
import { expect, test } from "vitest";
import type { HPAScalingRules } from "../../resources/index.ts";
import { Pace } from "./pace.ts";

const now = 10 * 60_000;
const ago = (seconds: number) => now - seconds * 1_000;

/** Pods, each so many seconds; per cent, each so many seconds; the window. */
type Rules = readonly [pods: number, seconds: number, percent: number, seconds: number, window: number];

function rules([
  pods,
  podSeconds,
  percent,
  percentSeconds,
  stabilizationWindowSeconds,
]: Rules): HPAScalingRules {
  return {
    stabilizationWindowSeconds,
    selectPolicy: "Max",
    policies: [
      ...(pods ? [{ type: "Pods", value: pods, periodSeconds: podSeconds }] : []),
      ...(percent ? [{ type: "Percent", value: percent, periodSeconds: percentSeconds }] : []),
    ],
  };
}

const upByDefault = rules([4, 15, 100, 15, 0]);
const downByDefault = rules([0, 0, 100, 15, 0]);

interface Scene {
  readonly ups?: readonly number[];
  readonly downs?: readonly number[];
  readonly up?: Rules;
  readonly down?: Rules;
  readonly least?: number;
  readonly most?: number;
}

/** Steps that lie as far apart as they can within two minutes. */
function steps(pace: Pace, sizes: readonly number[], sign: 1 | -1): void {
  const long = { scaleUp: rules([1, 1_800, 0, 0, 0]), scaleDown: rules([1, 1_800, 0, 0, 0]) };
  const apart = 120 / sizes.length;
  sizes.forEach((size, i) => {
    pace.scaled(1_000, 1_000 + sign * size, long, ago(120 - apart * (i + 0.5)));
  });
}

test.each<[string, number, number, number, string, Scene]>([
  ["within the range", 5, 7, 7, "DesiredWithinRange", { least: 3, most: 8 }],
  ["fewer than the least", 3, 1, 2, "TooFewReplicas", { least: 2, most: 8 }],
  ["none, where that is allowed", 1, 0, 0, "DesiredWithinRange", { least: 0, most: 10 }],
  ["more than the most", 100, 1_000, 150, "TooManyReplicas", { least: 100, most: 150 }],
  ["one per cent, rounded up", 3, 1_000, 4, "ScaleUpLimit", { most: 2_000, up: [0, 0, 1, 60, 0] }],
  ["twenty pods", 1_000, 3, 980, "ScaleDownLimit", { least: 3, most: 2_000, down: [20, 60, 0, 0, 0] }],
  ["up as by default", 10, 50, 20, "ScaleUpLimit", {}],
  ["pods are more than per cent", 10, 500, 110, "ScaleUpLimit", { up: [100, 60, 100, 60, 0] }],
  ["per cent are more than pods", 10, 500, 20, "ScaleUpLimit", { up: [2, 60, 100, 60, 0] }],
  ["many pods", 10, 50, 50, "DesiredWithinRange", { up: [100, 60, 0, 0, 0] }],
  ["thirty pods", 10, 50, 40, "ScaleUpLimit", { up: [30, 60, 0, 0, 0] }],
  ["two hundred per cent", 10, 50, 30, "ScaleUpLimit", { up: [0, 0, 200, 60, 0] }],
  ["down, pods are more than per cent", 100, 2, 80, "ScaleDownLimit", { down: [20, 60, 1, 60, 0] }],
  ["down, two pods", 100, 2, 98, "ScaleDownLimit", { down: [2, 60, 1, 60, 0] }],
  ["down to the least", 10, 0, 1, "TooFewReplicas", { down: [100, 60, 0, 0, 0] }],
  ["down by all, to the least", 10, 2, 5, "TooFewReplicas", { least: 5, down: [0, 0, 100, 60, 0] }],
  ["down, five pods", 10, 2, 5, "ScaleDownLimit", { down: [5, 60, 0, 0, 0] }],
  ["down, half", 10, 5, 5, "DesiredWithinRange", { down: [0, 0, 50, 60, 0] }],
  [
    "to the most, after steps",
    100,
    500,
    200,
    "TooManyReplicas",
    { ups: [1, 5, 9], most: 200, up: [300, 60, 0, 0, 0] },
  ],
  [
    "to the most by per cent, after steps",
    100,
    500,
    200,
    "TooManyReplicas",
    { ups: [1, 5, 9], most: 200, up: [0, 0, 10_000, 60, 0] },
  ],
  [
    "fifteen in two minutes were more than five",
    100,
    500,
    100,
    "ScaleUpLimit",
    { ups: [1, 5, 9], up: [5, 120, 0, 0, 0] },
  ],
  [
    "fifteen of a hundred and fifty",
    100,
    500,
    235,
    "ScaleUpLimit",
    { ups: [1, 5, 9], up: [150, 120, 0, 0, 0] },
  ],
  ["three times what there was", 100, 500, 255, "ScaleUpLimit", { ups: [1, 5, 9], up: [0, 0, 200, 120, 0] }],
  ["after steps up and down", 6, 24, 16, "ScaleUpLimit", { ups: [4], downs: [2], up: [0, 0, 300, 300, 0] }],
  ["down as by default, after steps", 10, 5, 5, "DesiredWithinRange", { downs: [1, 5, 9] }],
  [
    "down to the least, after steps",
    100,
    0,
    1,
    "TooFewReplicas",
    { downs: [1, 5, 9], down: [115, 120, 0, 0, 0] },
  ],
  [
    "down to a least of five, after steps",
    100,
    0,
    5,
    "TooFewReplicas",
    { downs: [1, 5, 9], least: 5, down: [130, 120, 0, 0, 0] },
  ],
  [
    "down by all, after steps",
    100,
    2,
    5,
    "TooFewReplicas",
    { downs: [1, 5, 9], least: 5, down: [0, 0, 100, 120, 0] },
  ],
  [
    "down, fifteen were more than five",
    100,
    2,
    100,
    "ScaleDownLimit",
    { downs: [1, 5, 9], down: [5, 120, 0, 0, 0] },
  ],
  ["half of what there was", 100, 0, 56, "ScaleDownLimit", { downs: [2, 4, 6], down: [0, 0, 50, 120, 0] }],
  [
    "down, after steps up and down",
    10,
    1,
    6,
    "ScaleDownLimit",
    { ups: [2], downs: [4], down: [0, 0, 50, 180, 0] },
  ],
  [
    "down, thirty were more than a tenth",
    100,
    0,
    100,
    "ScaleDownLimit",
    { downs: [10, 10, 10], down: [0, 0, 10, 120, 0] },
  ],
  [
    "more than all may go",
    10,
    5,
    5,
    "DesiredWithinRange",
    { downs: [10, 10, 10], down: [0, 0, 1_000, 120, 0] },
  ],
])("%s: of %i replicas, %i are wanted", (_, current, wanted, replicas, reason, scene) => {
  const { ups = [], downs = [], up, down, least = 1, most = 1_000 } = scene;
  const pace = new Pace(wanted, 0, 0);
  steps(pace, ups, 1);
  steps(pace, downs, -1);
  const behavior = { scaleUp: up ? rules(up) : upByDefault, scaleDown: down ? rules(down) : downByDefault };
  const decision = pace.next({ current, wanted, least, most }, behavior, now);
  expect(decision).toMatchObject({ replicas, reason });
});

test.each([
  ["up", "Min", 1, 10, 2],
  ["down", "Min", 5, 0, 3],
  ["up", "Disabled", 1, 10, 1],
  ["down", "Disabled", 5, 0, 5],
])("two pods and half in a minute: %s, %s", (_, selectPolicy, current, wanted, replicas) => {
  const both = { ...rules([2, 60, 50, 60, 0]), selectPolicy };
  const pace = new Pace(wanted, 0, 0);
  const recommendation = { current, wanted, least: 0, most: 100 };
  expect(pace.next(recommendation, { scaleUp: both, scaleDown: both }, now).replicas).toBe(replicas);
});

/** What was recommended: how many, and how many seconds ago. */
type Recommended = readonly (readonly [number, number])[];
const early: Recommended = [
  [4, 120],
  [5, 60],
];
const old: Recommended = [
  [10, 600],
  [9, 540],
];
const mixed: Recommended = [
  [10, 600],
  [9, 540],
  [5, 120],
  [4, 60],
];

test.each<[string, Recommended, number, number, number, number, number, string]>([
  ["down, nothing before", [], 100, 5, 0, 0, 5, "ReadyForNewScale"],
  ["down to the highest", early, 100, 3, 0, 180, 5, "ScaleDownStabilized"],
  ["up to the lowest", early, 1, 7, 300, 0, 4, "ScaleUpStabilized"],
  [
    "down, more than before",
    [
      [1, 120],
      [2, 60],
    ],
    100,
    3,
    300,
    0,
    3,
    "ReadyForNewScale",
  ],
  ["up, less than before", early, 1, 3, 0, 300, 3, "ReadyForNewScale"],
  ["down, only old ones", old, 100, 3, 0, 0, 3, "ReadyForNewScale"],
  ["up, only old ones", old, 1, 100, 0, 0, 100, "ReadyForNewScale"],
  ["down, some are old", mixed, 100, 3, 0, 180, 5, "ScaleDownStabilized"],
  [
    "up, some are old",
    [
      [10, 600],
      [9, 180],
      [5, 120],
      [6, 60],
    ],
    1,
    100,
    300,
    0,
    5,
    "ScaleUpStabilized",
  ],
  [
    "both windows: it does not go up where fewer are wanted",
    [
      [2, 600],
      [3, 180],
    ],
    2,
    1,
    300,
    300,
    2,
    "ScaleDownStabilized",
  ],
  [
    "both windows: it does not go down where more are wanted",
    [
      [2, 600],
      [1, 180],
    ],
    2,
    3,
    300,
    300,
    2,
    "ScaleUpStabilized",
  ],
])("windows, %s", (_, recommended, current, wanted, upWindow, downWindow, replicas, reason) => {
  const all = { selectPolicy: "Max", policies: [{ type: "Pods", value: 1_000, periodSeconds: 15 }] };
  const behavior = {
    scaleUp: { ...all, stabilizationWindowSeconds: upWindow },
    scaleDown: { ...all, stabilizationWindowSeconds: downWindow },
  };
  const [[first, firstAgo] = [wanted, 599], ...others] = recommended;
  const pace = new Pace(first, ago(firstAgo), 0);
  const long = { scaleDown: { ...all, stabilizationWindowSeconds: 3_600 }, scaleUp: all };
  for (const [each, seconds] of others)
    pace.next({ current: each, wanted: each, least: 0, most: 1_000 }, long, ago(seconds));
  const decision = pace.next({ current, wanted, least: 0, most: 1_000 }, behavior, now);
  expect(decision).toMatchObject({ replicas, ableToScale: { reason } });
});

test.each<[string, number, number, Recommended, number, number, number, string]>([
  ["within the range", 5, 7, [], 3, 8, 7, "DesiredWithinRange"],
  ["fewer than the least", 3, 1, [], 2, 8, 2, "TooFewReplicas"],
  ["none, where that is allowed", 1, 0, [], 0, 10, 0, "DesiredWithinRange"],
  ["more than the most", 20, 1_000, [], 1, 10, 10, "TooManyReplicas"],
  ["more than twice as many", 3, 1_000, [], 1, 2_000, 6, "ScaleUpLimit"],
  ["the highest of five minutes", 10, 3, early, 1, 100, 5, "DesiredWithinRange"],
  [
    "all before was lower",
    3,
    3,
    [
      [1, 120],
      [2, 60],
    ],
    1,
    100,
    3,
    "DesiredWithinRange",
  ],
  ["all before is old", 10, 3, old, 1, 100, 3, "DesiredWithinRange"],
])("without a behavior, %s", (_, current, wanted, recommended, least, most, replicas, reason) => {
  const [[first, firstAgo] = [wanted, 599], ...others] = recommended;
  const pace = new Pace(first, ago(firstAgo), 300_000);
  for (const [each, seconds] of others)
    pace.next({ current: each, wanted: each, least: 0, most: 1_000 }, undefined, ago(seconds));
  expect(pace.next({ current, wanted, least, most }, undefined, now)).toMatchObject({ replicas, reason });
});

/**
 * What each kind of metric proposes, with the numbers of Kubernetes 1.35's own tables: `pkg/controller/podautoscaler`,
 * replica_calculator_test.go, and there metrics/utilization_test.go. Each pod has two containers, as there.
 */
import { expect, test } from "vitest";
import type { MetricSpec, Pod, PodMetrics } from "../../resources/index.ts";
import { proposalOf } from "./proposals.ts";
import { amountEach, requestsOf, shareOfRequests } from "./resource-usage.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const settings = { cpuInitializationPeriodMs: 120_000, initialReadinessDelayMs: 10_000 };
const tenth = { up: 0.1, down: 0.1 };
const second = 1_000;
const minute = 60 * second;

/** One letter for each pod. */
type Pods = string;

/**
 * `R`: runs and is ready, for long. `h`: has just become ready. `u`: has never been ready. `l`: was ready, and is no longer.
 * `p`: pending. `f`: failed. `d`: is being deleted. `s`: succeeded, and was ready.
 */
const phases: Readonly<Record<string, string>> = { p: "Pending", f: "Failed", s: "Succeeded" };

function podsOf(letters: Pods, requests: readonly number[]): Pod[] {
  return [...letters].map((letter, i) => {
    const start = now - (letter === "h" ? 0 : 10 * minute);
    const changed = letter === "l" ? start + minute : start;
    const request = requests[i];
    const resources = request === undefined ? {} : { requests: { cpu: `${request}m` } };
    const isReady = "Rhs".includes(letter) || letter === "d";
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `p${i}`,
        namespace: "demo",
        ...(letter === "d" && { deletionTimestamp: text(now) }),
      },
      spec: {
        containers: [
          { name: "a", resources },
          { name: "b", resources },
        ],
      },
      status: {
        phase: phases[letter] ?? "Running",
        startTime: text(start),
        conditions: [
          { type: "Ready", status: isReady ? "True" : "False", lastTransitionTime: text(changed) },
        ],
      },
    } as unknown as Pod;
  });
}

function text(at: number): string {
  return new Date(at).toISOString();
}

function metricsOf(levels: readonly number[]): PodMetrics[] {
  return levels.map((level, i) => ({
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    timestamp: text(now),
    window: "60s",
    metadata: {
      name: `p${i}`,
      namespace: "demo",
      uid: "",
      resourceVersion: "",
      creationTimestamp: text(now),
    },
    containers: ["a", "b"].map(name => ({ name, usage: { cpu: `${level}m`, memory: "1Mi" } })),
  }));
}

interface Scene {
  readonly pods: Pods;
  readonly replicas: number;
  readonly levels: readonly number[];
  /** Of each container, in thousandths of a processor. */
  readonly requests?: readonly number[];
  readonly tolerances?: typeof tenth;
}

function proposed(metric: MetricSpec, { pods, replicas, levels, requests = [], tolerances = tenth }: Scene) {
  return proposalOf(metric, {
    namespace: "demo",
    selector: "",
    pods: podsOf(pods, requests),
    replicas,
    statusReplicas: replicas,
    tolerances,
    settings,
    now,
    metrics: {
      usage: async () => metricsOf(levels),
      ofPods: async () => levels.map((amount, i) => ({ pod: `p${i}`, amount, at: now })),
      ofObject: async () => levels[0] ?? 0,
      external: async () => levels,
    },
  });
}

const cpu = (averageUtilization: number): MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

const one = 1_000;

test.each<[string, number, Pods, number, readonly number[], number, number, string, (readonly number[])?]>([
  ["up", 30, "RRR", 3, [300, 500, 700], 5, 50, "1"],
  ["up, one of them not ready", 30, "uRR", 3, [300, 500, 700], 4, 60, "1200m"],
  ["up, one has just started", 30, "hRR", 3, [300, 500, 700], 4, 60, "1200m"],
  ["up, too many not ready", 30, "Ruu", 3, [400, 500, 700], 3, 40, "800m"],
  ["up, failed pods do not count", 30, "RRff", 2, [500, 700], 4, 60, "1200m"],
  ["up, those being deleted do not count", 30, "RRdd", 2, [500, 700], 4, 60, "1200m"],
  ["down", 50, "RRRRR", 5, [100, 300, 500, 250, 250], 3, 28, "560m"],
  ["down, two not ready", 50, "RRRuu", 5, [100, 300, 500, 250, 250], 2, 30, "600m"],
  ["down, four are not placed", 50, "Rpppp", 5, [100], 1, 10, "200m"],
  ["down, two have just started", 50, "RRRhh", 5, [100, 300, 500, 250, 250], 2, 30, "600m"],
  ["down, failed pods do not count", 50, "RRRRRff", 5, [100, 300, 500, 250, 250], 3, 28, "560m"],
  ["down, those being deleted do not count", 50, "RRRRRdd", 5, [100, 300, 500, 250, 250], 3, 28, "560m"],
  ["within a tenth", 100, "RRR", 3, [1_010, 1_030, 1_020], 3, 102, "2040m", [900, 1_000, 1_100]],
  ["much more", 100, "RRRR", 4, [4_000, 9_500, 3_000, 7_000], 24, 587, "11750m"],
  ["two are not known", 100, "RRRR", 4, [400, 95], 3, 24, "495m"],
  ["one is not known, the other is just right", 100, "RR", 2, [1_000], 2, 100, "2"],
  ["one is not known, the other is above", 100, "RR", 2, [1_900], 2, 190, "3800m"],
  ["one is not known, the other is below", 100, "RR", 2, [600], 2, 60, "1200m"],
  ["one not ready, one not known", 50, "uRR", 3, [100, 450], 3, 45, "900m"],
  ["one just started, one not known", 50, "hRR", 3, [100, 450], 3, 45, "900m"],
  ["one not ready, one not known, far above", 50, "uRR", 3, [100, 2_000], 4, 200, "4"],
  ["one not ready, one not known, far below", 50, "uRRR", 4, [100, 100, 100], 3, 10, "200m"],
  ["a pod that succeeded counts", 50, "Rs", 2, [500, 100], 2, 30, "600m"],
  ["of one that succeeded nothing is known", 50, "Rs", 2, [100], 2, 10, "200m"],
  ["one is no longer ready", 50, "Rl", 2, [1_000, 1_000], 4, 100, "2"],
])(
  "processors, %s",
  async (_, target, pods, replicas, levels, expected, averageUtilization, averageValue, requests) => {
    const scene = { pods, replicas, levels, requests: requests ?? [...pods].map(() => one) };
    expect(await proposed(cpu(target), scene)).toMatchObject({
      replicas: expected,
      metric: "cpu resource utilization (percentage of request)",
      status: { type: "Resource", resource: { name: "cpu", current: { averageUtilization, averageValue } } },
    });
  },
);

const jitter = [100, -100, 10, -10, 2, -2, 1, -1, 0, 0].map(more => 300 + more);

test.each([
  [56, 9],
  [55, 10],
])(
  "a tenth is the limit: of ten that use a half, with a target of %i %% there are to be %i",
  async (target, expected) => {
    const scene = { pods: "R".repeat(10), replicas: 10, levels: Array(10).fill(150), requests: jitter };
    expect(await proposed(cpu(target), scene)).toMatchObject({ replicas: expected });
  },
);

test.each<[string, Scene, string]>([
  [
    "nothing is measured",
    { pods: "RRRR", replicas: 4, levels: [], requests: [one, one, one, one] },
    "unable to get metrics for resource cpu: no metrics returned from resource metrics API",
  ],
  [
    "nothing is requested",
    { pods: "R", replicas: 1, levels: [200] },
    "missing request for cpu in container a of Pod p0",
  ],
  [
    "there are no pods",
    { pods: "", replicas: 1, levels: [200] },
    "no pods returned by selector while calculating replica count",
  ],
  [
    "none that is measured counts, whatever they request",
    { pods: "u", replicas: 2, levels: [200] },
    "did not receive metrics for targeted pods (pods might be unready)",
  ],
])("processors, %s", async (_, scene, problem) => {
  const said = `failed to get cpu utilization: ${problem}`;
  expect(await proposed(cpu(50), scene)).toEqual({
    reason: "FailedGetResourceMetric",
    message: said,
    inSummary: `failed to get cpu resource metric value: ${said}`,
  });
});

test("a container alone: its own use and request", async () => {
  const target = { type: "Utilization", averageUtilization: 30 } as const;
  const scene = { pods: "RRR", replicas: 3, levels: [300, 500, 700], requests: [one, one, one] };
  const of = (container: string) =>
    proposed({ type: "ContainerResource", containerResource: { name: "cpu", container, target } }, scene);
  expect(await of("b")).toMatchObject({
    replicas: 5,
    metric: "cpu container resource utilization (percentage of request)",
    status: {
      containerResource: {
        name: "cpu",
        container: "b",
        current: { averageUtilization: 50, averageValue: "500m" },
      },
    },
  });
  expect(await of("c")).toMatchObject({
    reason: "FailedGetContainerResourceMetric",
    message:
      "failed to get cpu utilization: unable to get metrics for resource cpu: failed to get container metrics: container c not present in metrics for pod demo/p0",
  });
});

const pods = (averageValue: string): MetricSpec => ({
  type: "Pods",
  pods: { metric: { name: "qps" }, target: { type: "AverageValue", averageValue } },
});
const object = (target: object): MetricSpec => ({
  type: "Object",
  object: {
    metric: { name: "qps" },
    describedObject: { apiVersion: "apps/v1", kind: "Deployment", name: "some" },
    target: target as NonNullable<MetricSpec["object"]>["target"],
  },
});
const external = (target: object): MetricSpec => ({
  type: "External",
  external: { metric: { name: "qps" }, target: target as NonNullable<MetricSpec["external"]>["target"] },
});
const value = (amount: string) => ({ type: "Value", value: amount });
const each = (amount: string) => ({ type: "AverageValue", averageValue: amount });

test.each<[string, MetricSpec, Pods, number, readonly number[], number, object]>([
  ["of pods, up", pods("15"), "RRR", 3, [20_000, 10_000, 30_000], 4, { averageValue: "20" }],
  [
    "of pods, whether they are ready does not matter",
    pods("15"),
    "RRu",
    3,
    [50_000, 10_000, 30_000],
    6,
    { averageValue: "30" },
  ],
  [
    "of pods, most of them not ready",
    pods("15"),
    "uRh",
    3,
    [50_000, 15_000, 30_000],
    7,
    { averageValue: "31666m" },
  ],
  [
    "of pods, down",
    pods("20"),
    "RRRRR",
    5,
    [12_000, 12_000, 12_000, 12_000, 12_000],
    3,
    { averageValue: "12" },
  ],
  ["of pods, within a tenth", pods("20"), "RRR", 3, [20_000, 21_000, 21_000], 3, { averageValue: "20666m" }],
  [
    "of pods, one is not known and the others are just right",
    pods("20"),
    "RRR",
    3,
    [20_000, 20_000],
    3,
    { averageValue: "20" },
  ],
  ["of an object, up", object(value("15")), "RRR", 3, [20_000], 4, { value: "20" }],
  ["of an object, each, up", object(each("5")), "RRR", 3, [20_000], 4, { averageValue: "6667m" }],
  [
    "of an object, those that are not ready do not count",
    object(value("10")),
    "uRu",
    3,
    [50_000],
    5,
    { value: "50" },
  ],
  ["of an object, down", object(value("20")), "RRRRR", 5, [12_000], 3, { value: "12" }],
  ["of an object, each, down", object(each("2")), "RRRRR", 5, [6_000], 3, { averageValue: "1200m" }],
  ["of an object, within a tenth", object(value("20")), "RRR", 3, [20_666], 3, { value: "20666m" }],
  [
    "of an object, each, within a tenth",
    object(each("5")),
    "RRRR",
    4,
    [20_166],
    4,
    { averageValue: "5042m" },
  ],
  ["of an object, from none", object(value("15")), "", 0, [20_000], 2, { value: "20" }],
  ["of an object, from none, no tolerance", object(value("1")), "", 0, [1_001], 2, { value: "1001m" }],
  ["of an object, to none", object(value("20")), "RRR", 3, [0], 0, { value: "0" }],
  ["outside, up", external(value("4400m")), "R", 1, [8_600], 2, { value: "8600m" }],
  [
    "outside, those that are not ready do not count",
    external(value("4400m")),
    "uRu",
    3,
    [8_600],
    2,
    { value: "8600m" },
  ],
  ["outside, each, up", external(each("2150m")), "RRR", 3, [8_600], 4, { averageValue: "2867m" }],
  ["outside, down", external(value("14334m")), "RRRRR", 5, [8_600], 3, { value: "8600m" }],
  ["outside, each, down", external(each("2867m")), "RRRRR", 5, [8_600], 3, { averageValue: "1720m" }],
  ["outside, within a tenth", external(value("8888m")), "RRR", 3, [8_600], 3, { value: "8600m" }],
  ["outside, each, within a tenth", external(each("2900m")), "RRR", 3, [8_600], 3, { averageValue: "2867m" }],
  ["outside, several series are one sum", external(value("4")), "R", 1, [3_000, 5_000], 2, { value: "8" }],
])("what is reported %s", async (_, metric, letters, replicas, levels, expected, current) => {
  const answer = await proposed(metric, { pods: letters, replicas, levels });
  expect(answer).toMatchObject({ replicas: expected });
  const [, status] = Object.values("status" in answer ? answer.status : {});
  expect(status).toMatchObject({ current });
});

test.each<[string, { up: number; down: number }, number, number]>([
  ["up by less than its own", { up: 0.5, down: 0.1 }, 1_400, 3],
  ["up by more", { up: 0.5, down: 0.1 }, 1_600, 5],
  ["down by less than its own", { up: 0.1, down: 0.5 }, 600, 3],
  ["down by more", { up: 0.1, down: 0.5 }, 400, 2],
  ["none at all", { up: 0, down: 0 }, 1_010, 4],
])("each direction has a tolerance: %s", async (_, tolerances, level, expected) => {
  const levels = [level, level, level];
  const scene = { pods: "RRR", replicas: 3, levels, requests: [one, one, one], tolerances };
  expect(await proposed(cpu(100), scene)).toMatchObject({ replicas: expected });
  const metric = pods("1");
  expect(await proposed(metric, scene)).toMatchObject({ replicas: expected });
});

test.each<[string, readonly number[], readonly number[], number, object]>([
  ["both above", [150, 200], [100, 100], 50, { ratio: 3.5, utilization: 175, average: 175 }],
  ["one above, one below", [70, 30], [100, 100], 50, { ratio: 1, utilization: 50, average: 50 }],
  ["cut, not rounded", [50, 76], [100, 100], 50, { ratio: 1.26, utilization: 63, average: 63 }],
  ["of one the request is not known", [500, 45], [100], 50, { ratio: 10, utilization: 500, average: 500 }],
])("share of requests, %s", (_, used, requested, target, expected) => {
  const named = (amounts: readonly number[]) => new Map(amounts.map((amount, i) => [`p${i}`, amount]));
  expect(shareOfRequests(named(requested), target).compare(named(used))).toEqual(expected);
});

test.each([
  [[50, 76], 50, { ratio: 1.26, average: 63 }],
  [[500, 700], 100, { ratio: 6, average: 600 }],
  [[2, 1], 1, { ratio: 1, average: 1 }],
])("the mean of %j against %i", (used, target, expected) => {
  expect(amountEach(`${target}m`).compare(new Map(used.map((amount, i) => [`p${i}`, amount])))).toEqual(
    expected,
  );
});

test.each<[string, object, object | undefined, string | undefined, string | undefined, number | string]>([
  ["what the containers request", {}, undefined, undefined, undefined, 200],
  ["what the pod requests", { cpu: "500m" }, undefined, undefined, undefined, 500],
  [
    "what the containers request where the pod requests memory alone",
    { memory: "1Gi" },
    undefined,
    undefined,
    undefined,
    200,
  ],
  ["what the pod requests, and its overhead", { cpu: "500m" }, { cpu: "10m" }, undefined, undefined, 510],
  ["a container comes before the pod", { cpu: "500m" }, undefined, "b", undefined, 100],
  ["no container of the name", {}, undefined, "c", undefined, "container c not found in Pod p0"],
  [
    "nothing requests it",
    { cpu: "1" },
    undefined,
    undefined,
    "memory",
    "missing pod-level request for memory in Pod p0",
  ],
])("requests: %s", (_, requests, overhead, container, name = "cpu", expected) => {
  const [pod] = podsOf("R", [100]);
  if (!pod) throw new Error("no pod");
  const spec = { ...pod.spec, resources: { requests }, ...(overhead && { overhead }) } as Pod["spec"];
  const found = requestsOf([{ ...pod, spec }], { name, ...(container !== undefined && { container }) });
  expect("problem" in found ? found.problem : found.get("p0")).toBe(expected);
});

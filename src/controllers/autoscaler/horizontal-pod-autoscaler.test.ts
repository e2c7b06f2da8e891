import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { TestCluster, testKinds } from "../../loop/test-cluster.ts";
import { timestamp } from "../../outside/index.ts";
import type {
  Draft,
  HorizontalPodAutoscaler,
  MetricSpec,
  PodMetrics,
  ReplicaSet,
} from "../../resources/index.ts";
import { replicaset } from "../replicaset/index.ts";
import { TestPods } from "../test-pods.ts";
import { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import type { ScalingMetrics } from "./scaling-metrics.ts";
import { autoscalingDefaults } from "./settings.ts";

let cluster: TestCluster;
let pods: TestPods;
/** What each pod uses; undefined where nothing is measured. */
let use: { readonly cpu: string; readonly memory: string } | undefined;
/** What each pod reports, and what there is in all, in thousandths; undefined where nothing was ever reported. */
let reported: { readonly each: number; readonly all: number } | undefined;

/** As it is told where nothing is served, of each of the two APIs. */
function told(api: "a" | "b") {
  if (reported) return reported;
  throw new ApiError(
    "NotFound",
    api === "a" ? "no custom metrics API (custom.metrics.k8s.io) registered" : "none",
  );
}

beforeEach(async () => {
  use = undefined;
  reported = undefined;
  const metrics: ScalingMetrics = {
    usage: async () => measured(),
    async ofPods() {
      const { each: amount } = told("a");
      return running().map(pod => ({ pod, amount, at: cluster.clock.now() }));
    },
    ofObject: async () => told("a").all,
    external: async () => [told("b").all - 1_000, 1_000],
  };
  cluster = await TestCluster.of(
    horizontalPodAutoscaler({ kinds: () => testKinds, metrics, settings: autoscalingDefaults }),
  );
  pods = new TestPods(cluster);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const metadata = { name: "web", namespace: "demo" };
const labels = { app: "web" };

async function web(replicas: number, container: object = {}): Promise<void> {
  const containers = [{ name: "app", image: "echo", ...container }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  await cluster.create({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec } as Draft<ReplicaSet>);
}

async function autoscaler(spec: object, kind = "ReplicaSet", name = "web"): Promise<void> {
  const scaleTargetRef = { apiVersion: "apps/v1", kind, name: "web" };
  await cluster.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { ...metadata, name },
    spec: { scaleTargetRef, maxReplicas: 4, ...spec },
  } as Draft<HorizontalPodAutoscaler>);
  await cluster.settle();
}

const status = () => cluster.the("HorizontalPodAutoscaler", "web").status;
const replicas = () => cluster.the("ReplicaSet", "web").spec.replicas;

test.each([
  [1, 2, "below Spec.MinReplicas"],
  [7, 4, "above Spec.MaxReplicas"],
])("%i replicas become %i after fifteen seconds", async (before, after, why) => {
  await web(before);
  await autoscaler({ minReplicas: 2 });
  await cluster.advance(14_000);
  expect(replicas()).toBe(before);
  expect(status()).toEqual({ desiredReplicas: 0 });
  await cluster.advance(2_000);
  expect(replicas()).toBe(after);
  expect(status()).toMatchObject({
    currentReplicas: before,
    desiredReplicas: after,
    conditions: [{ type: "AbleToScale", status: "True", reason: "SucceededRescale" }],
  });
  const { managedFields = [] } = cluster.the("ReplicaSet", "web").metadata;
  expect(managedFields).toContainEqual(
    expect.objectContaining({ manager: "kube-controller-manager", subresource: "scale" }),
  );
  expect(cluster.events).toEqual([
    `Normal SuccessfulRescale HorizontalPodAutoscaler/web: New size: ${after}; reason: Current number of replicas ${why}`,
  ]);
});

function running(): string[] {
  return pods.alive.filter(({ status }) => status?.phase === "Running").map(({ metadata }) => metadata.name);
}

function measured(): PodMetrics[] {
  const now = timestamp(cluster.clock.now());
  if (!use) return [];
  const usage = use;
  return pods.alive
    .filter(({ status }) => status?.phase === "Running")
    .map(({ metadata: { name, namespace, labels } }) => ({
      apiVersion: "metrics.k8s.io/v1beta1",
      kind: "PodMetrics",
      timestamp: now,
      window: "15s",
      metadata: { name, namespace, labels, uid: "", resourceVersion: "", creationTimestamp: now },
      containers: [{ name: "app", usage }],
    }));
}

/** A set whose pods have been running for long, and request a tenth of a processor. */
async function runningWeb(replicas: number): Promise<void> {
  cluster.run(replicaset);
  const resources = { requests: { cpu: "100m", memory: "100Mi" } };
  await web(replicas, { resources });
  await follow();
  await cluster.advance(10 * 60_000);
}

/** Pods start and stop as the set wants. */
async function follow(): Promise<void> {
  await cluster.settle();
  await pods.follow();
  for (const { metadata, status } of pods.alive)
    if (status?.startTime === undefined)
      await cluster.reportPod(metadata.name, { startTime: timestamp(cluster.clock.now()) });
}

const cpuAt = (averageUtilization: number): MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

const conditions = () =>
  status()?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

test("more is used than wanted: it goes up, no faster than twice as many", async () => {
  await runningWeb(2);
  use = { cpu: "250m", memory: "10Mi" };
  await autoscaler({ metrics: [cpuAt(50)], maxReplicas: 20 });
  await cluster.advance(16_000);
  expect(replicas()).toBe(4);
  expect(status()).toMatchObject({
    currentReplicas: 2,
    desiredReplicas: 4,
    lastScaleTime: expect.any(String),
    currentMetrics: [
      {
        type: "Resource",
        resource: { name: "cpu", current: { averageUtilization: 250, averageValue: "250m" } },
      },
    ],
  });
  expect(conditions()).toEqual([
    "AbleToScale=True SucceededRescale",
    "ScalingActive=True ValidMetricFound",
    "ScalingLimited=True ScaleUpLimit",
  ]);
  expect(cluster.events.filter(each => each.includes("Autoscaler"))).toEqual([
    "Normal SuccessfulRescale HorizontalPodAutoscaler/web: New size: 4; " +
      "reason: cpu resource utilization (percentage of request) above target",
  ]);
});

test("new pods do not make it go further until they have run for a while", async () => {
  await runningWeb(2);
  use = { cpu: "100m", memory: "10Mi" };
  await autoscaler({ metrics: [cpuAt(50)], maxReplicas: 20 });
  await cluster.advance(16_000);
  await follow();
  expect(replicas()).toBe(4);
  await cluster.advance(15_000);
  // Two at twice the target, two that do not count yet: on the whole it is right.
  expect(replicas()).toBe(4);
  await cluster.advance(31_000);
  expect(replicas()).toBe(8);
});

test("less is used: it goes down when nothing more was wanted for five minutes", async () => {
  await runningWeb(4);
  use = { cpu: "10m", memory: "10Mi" };
  await autoscaler({ metrics: [cpuAt(50)], maxReplicas: 20 });
  await cluster.advance(16_000);
  expect(replicas()).toBe(4);
  expect(conditions()).toEqual([
    "AbleToScale=True ScaleDownStabilized",
    "ScalingActive=True ValidMetricFound",
    "ScalingLimited=False DesiredWithinRange",
  ]);
  await cluster.advance(270_000);
  expect(replicas()).toBe(4);
  await cluster.advance(31_000);
  expect(replicas()).toBe(1);
  expect(cluster.events).toContainEqual(
    "Normal SuccessfulRescale HorizontalPodAutoscaler/web: New size: 1; reason: All metrics below target",
  );
});

test("what differs by no more than a tenth is right", async () => {
  await runningWeb(2);
  use = { cpu: "55m", memory: "10Mi" };
  await autoscaler({ metrics: [cpuAt(50)], maxReplicas: 20 });
  await cluster.advance(60_000);
  expect(replicas()).toBe(2);
  expect(conditions()).toEqual([
    "AbleToScale=True ReadyForNewScale",
    "ScalingActive=True ValidMetricFound",
    "ScalingLimited=False DesiredWithinRange",
  ]);
  expect(status()).toMatchObject({ currentReplicas: 2, desiredReplicas: 2 });
});

test("a behavior of its own: no window, one pod in a minute", async () => {
  await runningWeb(4);
  use = { cpu: "10m", memory: "10Mi" };
  const scaleDown = {
    stabilizationWindowSeconds: 0,
    policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
  };
  await autoscaler({ metrics: [cpuAt(50)], maxReplicas: 20, behavior: { scaleDown } });
  await cluster.advance(16_000);
  expect(replicas()).toBe(3);
  expect(conditions()?.at(-1)).toBe("ScalingLimited=True ScaleDownLimit");
  await cluster.advance(45_000);
  expect(replicas()).toBe(3);
  await cluster.advance(15_000);
  expect(replicas()).toBe(2);
});

test("of several metrics the highest counts; with one that is not known, it does not go down", async () => {
  await runningWeb(2);
  use = { cpu: "10m", memory: "300Mi" };
  const memory: MetricSpec = {
    type: "Resource",
    resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } },
  };
  const queue: MetricSpec = {
    type: "External",
    external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "1" } },
  };
  await autoscaler({ metrics: [cpuAt(50), queue, memory], maxReplicas: 20 });
  await cluster.advance(16_000);
  expect(replicas()).toBe(4);
  expect(status()?.currentMetrics).toEqual([
    expect.objectContaining({ type: "Resource" }),
    { type: "" },
    { type: "Resource", resource: { name: "memory", current: { averageValue: "314572800" } } },
  ]);
  use = { cpu: "10m", memory: "10Mi" };
  await cluster.advance(15_000);
  expect(replicas()).toBe(4);
  expect(conditions()).toContain("ScalingActive=False FailedGetExternalMetric");
});

test("a pod that requests nothing has no share to compare with", async () => {
  cluster.run(replicaset);
  await web(1);
  await follow();
  use = { cpu: "10m", memory: "10Mi" };
  await cluster.advance(10 * 60_000);
  await autoscaler({});
  await cluster.advance(16_000);
  const { name } = pods.alive[0]?.metadata ?? {};
  const active = status()?.conditions?.find(({ type }) => type === "ScalingActive");
  expect(active?.message).toBe(
    "the HPA was unable to compute the replica count: failed to get cpu utilization: " +
      `missing request for cpu in container app of Pod ${name}`,
  );
});

test("two autoscalers of the same pods both stand still", async () => {
  await runningWeb(1);
  use = { cpu: "250m", memory: "10Mi" };
  await autoscaler({ metrics: [cpuAt(50)] });
  await autoscaler({ metrics: [cpuAt(50)] }, "ReplicaSet", "other");
  await cluster.advance(16_000);
  expect(replicas()).toBe(1);
  expect(conditions()).toEqual([
    "AbleToScale=True SucceededGetScale",
    "ScalingActive=False AmbiguousSelector",
  ]);
  expect(cluster.events).toContainEqual(
    "Warning AmbiguousSelector HorizontalPodAutoscaler/web: pods by selector app=web " +
      "are controlled by multiple HPAs: [demo/other demo/web]",
  );
});

test("where nothing was measured it says so, once in fifteen seconds", async () => {
  await runningWeb(2);
  await autoscaler({});
  await cluster.advance(31_000);
  const missing =
    "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API";
  expect(status()).toMatchObject({
    currentReplicas: 2,
    desiredReplicas: 0,
    currentMetrics: [{ type: "" }],
    conditions: [
      { type: "AbleToScale", status: "True", reason: "SucceededGetScale" },
      {
        type: "ScalingActive",
        status: "False",
        reason: "FailedGetResourceMetric",
        message: `the HPA was unable to compute the replica count: ${missing}`,
      },
    ],
  });
  const told = cluster.store
    .list("Event")
    .filter(({ involvedObject }) => involvedObject.kind === "HorizontalPodAutoscaler");
  expect(told.map(({ message, count }) => [message, count])).toEqual([
    [missing, 2],
    [
      `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${missing}`,
      2,
    ],
  ]);
});

test.each<[string, string, string]>([
  ["ReplicaSet", "FailedGetScale", 'replicasets.apps "web" not found'],
  [
    "Robot",
    "FailedGetScale",
    'unable to determine resource for scale target reference: no matches for kind "Robot" in group "apps"',
  ],
  ["DaemonSet", "FailedGetScale", "the server could not find the requested resource"],
])("a %s that cannot be scaled is told", async (kind, reason, problem) => {
  await autoscaler({}, kind);
  await cluster.advance(16_000);
  const message = `the HPA controller was unable to get the target's current scale: ${problem}`;
  expect(status()?.conditions).toMatchObject([{ type: "AbleToScale", status: "False", reason, message }]);
  expect(cluster.events).toEqual([`Warning ${reason} HorizontalPodAutoscaler/web: ${problem}`]);
});

test("a target of no replicas is left alone", async () => {
  await web(0);
  await autoscaler({});
  await cluster.advance(60_000);
  expect(replicas()).toBe(0);
  expect(status()?.conditions).toMatchObject([
    { type: "AbleToScale", status: "True" },
    { type: "ScalingActive", status: "False", reason: "ScalingDisabled" },
  ]);
  expect(cluster.events).toEqual([]);
});

const average = { type: "AverageValue", averageValue: "10" } as const;

test.each<[MetricSpec, string, RegExp]>([
  [
    { type: "Resource", resource: { name: "memory", target: average } },
    "FailedGetResourceMetric",
    /^failed to get memory usage: /,
  ],
  [
    { type: "ContainerResource", containerResource: { name: "cpu", container: "app", target: average } },
    "FailedGetContainerResourceMetric",
    /^failed to get cpu usage: /,
  ],
  [
    { type: "Pods", pods: { metric: { name: "depth" }, target: average } },
    "FailedGetPodsMetric",
    /^unable to get metric depth: .* no custom metrics API/,
  ],
  [
    {
      type: "Object",
      object: { metric: { name: "hits" }, describedObject: { kind: "Service", name: "s" }, target: average },
    },
    "FailedGetObjectMetric",
    /^unable to get metric hits: Service on demo s\/unable to fetch metrics from custom metrics API: /,
  ],
  [
    {
      type: "External",
      external: { metric: { name: "queue", selector: { matchLabels: { q: "a" } } }, target: average },
    },
    "FailedGetExternalMetric",
    /^unable to get external metric demo\/queue\/&LabelSelector\{MatchLabels:map\[string\]string\{q: a,\},/,
  ],
])("the metric %j cannot be read", async (metric, reason, message) => {
  await web(1);
  await autoscaler({ metrics: [metric] });
  await cluster.advance(16_000);
  const [, active] = status()?.conditions ?? [];
  expect(active).toMatchObject({ reason });
  expect(active?.message?.replace("the HPA was unable to compute the replica count: ", "")).toMatch(message);
});

const metric = { name: "depth" };
const describedObject = { kind: "Service", name: "s", apiVersion: "v1" };
const each = { type: "AverageValue", averageValue: "5" } as const;
const all = { type: "Value", value: "10" } as const;

test.each<[string, MetricSpec, string, object]>([
  [
    "of each pod",
    { type: "Pods", pods: { metric, target: each } },
    "pods metric depth",
    { averageValue: "10" },
  ],
  [
    "of an object",
    { type: "Object", object: { metric, describedObject, target: all } },
    "Service metric depth",
    { value: "20" },
  ],
  [
    "of an object, each",
    { type: "Object", object: { metric, describedObject, target: each } },
    "external metric depth(nil)",
    { averageValue: "10" },
  ],
  [
    "of what is outside",
    { type: "External", external: { metric, target: all } },
    "external metric depth(nil)",
    { value: "20" },
  ],
  [
    "of what is outside, each",
    { type: "External", external: { metric, target: each } },
    "external metric depth(nil)",
    { averageValue: "10" },
  ],
])("what is reported makes it go up, or keeps it: %s", async (_, spec, called, current) => {
  await runningWeb(2);
  reported = { each: 10_000, all: 20_000 };
  await autoscaler({ metrics: [spec], maxReplicas: 20 });
  await cluster.advance(16_000);
  expect(replicas()).toBe(4);
  expect(conditions()?.[1]).toBe("ScalingActive=True ValidMetricFound");
  expect(cluster.events.filter(told => told.includes("SuccessfulRescale"))).toEqual([
    `Normal SuccessfulRescale HorizontalPodAutoscaler/web: New size: 4; reason: ${called} above target`,
  ]);
  const [shown] = status()?.currentMetrics ?? [];
  expect(Object.values(shown ?? {})[1]).toMatchObject({ metric, current });
  await follow();
  reported = {
    each: 5_400,
    all: spec.external?.target === all || spec.object?.target === all ? 10_900 : 21_600,
  };
  await cluster.advance(60_000);
  // Within a tenth of the target.
  expect(replicas()).toBe(4);
});

test("two autoscalers that set one target to different sizes are told so", async () => {
  await web(3);
  await autoscaler({ minReplicas: 5, maxReplicas: 9 });
  await autoscaler({ maxReplicas: 3 }, "ReplicaSet", "other");
  await cluster.advance(180_000);
  expect(cluster.events.filter(told => told.includes("Oscillating")).sort()).toEqual([
    expect.stringMatching(
      /^Warning Oscillating HorizontalPodAutoscaler\/other: scaled from 5 to 3 replicas 3 times in .*something else/,
    ),
    expect.stringMatching(
      /^Warning Oscillating HorizontalPodAutoscaler\/web: scaled from 3 to 5 replicas 3 times in .*something else/,
    ),
  ]);
});

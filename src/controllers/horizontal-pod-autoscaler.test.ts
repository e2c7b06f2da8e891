import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster, testKinds } from "../loop/test-cluster.ts";
import type { Draft, HorizontalPodAutoscaler, MetricSpec, ReplicaSet } from "../resources/index.ts";
import { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(horizontalPodAutoscaler(() => testKinds));
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const metadata = { name: "web", namespace: "demo" };
const labels = { app: "web" };

async function web(replicas: number): Promise<void> {
  const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "echo" }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  await cluster.create({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec } as Draft<ReplicaSet>);
}

async function autoscaler(spec: object, kind = "ReplicaSet"): Promise<void> {
  const scaleTargetRef = { apiVersion: "apps/v1", kind, name: "web" };
  await cluster.create({
    ...{ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata },
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

test("without metrics it says so, once in fifteen seconds", async () => {
  await web(2);
  await autoscaler({});
  await cluster.advance(31_000);
  const missing =
    "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: " +
    "the server could not find the requested resource (get pods.metrics.k8s.io)";
  expect(status()).toMatchObject({
    ...{ currentReplicas: 2, desiredReplicas: 0, currentMetrics: [{ type: "" }] },
    conditions: [
      { type: "AbleToScale", status: "True", reason: "SucceededGetScale" },
      {
        ...{ type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric" },
        message: `the HPA was unable to compute the replica count: ${missing}`,
      },
    ],
  });
  expect(cluster.events).toEqual([
    `Warning FailedGetResourceMetric HorizontalPodAutoscaler/web: ${missing}`,
    "Warning FailedComputeMetricsReplicas HorizontalPodAutoscaler/web: invalid metrics (1 invalid out of 1), first error is: " +
      `failed to get cpu resource metric value: ${missing}`,
  ]);
  expect(cluster.store.list("Event").map(({ count }) => count)).toEqual([2, 2]);
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
    /^unable to get metric hits: /,
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

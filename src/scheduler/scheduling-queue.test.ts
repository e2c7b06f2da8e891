import { expect, test } from "vitest";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import type { Draft, Node, Pod, PodSpec } from "../resources/index.ts";
import { readSchedulerConfiguration } from "./configuration.ts";
import { Scheduler } from "./scheduler.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";

/** A queue whose pods have these priorities, and wait until these times. */
function queueOf(pods: Record<string, { priority?: number; until?: number }>) {
  let now = 0;
  const get = (_: string, __: string, name: string) =>
    ({ metadata: { uid: name }, spec: { priority: pods[name]?.priority } }) as Pod;
  const reader = { get, elapsed: () => now } as never;
  const queue = new SchedulingQueue(reader, uid => pods[uid]?.until ?? 0);
  const add = (name: string) => queue.add(name, { key: { kind: "Pod", namespace: "demo", name } });
  for (const name of Object.keys(pods)) add(name);
  return { queue, add, advance: (ms: number) => (now += ms), take: () => queue.take()?.key };
}

test("the most important is tried first, and among equals the one that came first", () => {
  const { take } = queueOf({ a: {}, b: { priority: 5 }, c: { priority: -1 }, d: { priority: 5 } });
  expect([take(), take(), take(), take(), take()]).toEqual(["b", "d", "a", "c", undefined]);
});

test("one that was tried a moment ago comes after all others, however important it is", () => {
  const { queue, take } = queueOf({ a: { priority: 9, until: 1_000 }, b: {}, c: {} });
  expect(queue.length).toBe(3);
  expect([take(), take(), take(), take()]).toEqual(["b", "c", "a", undefined]);
  expect(queue.length).toBe(0);
});

test("when its time is over it is as good as the others", () => {
  const { take, advance } = queueOf({ a: { priority: 9, until: 1_000 }, b: {}, c: { until: 5_000 } });
  advance(2_000);
  expect([take(), take(), take()]).toEqual(["a", "b", "c"]);
});

test("one that waits already keeps its place", () => {
  const { queue, add, take } = queueOf({ a: { until: 1_000 }, b: {} });
  add("a");
  add("b");
  expect(queue.length).toBe(2);
  expect([take(), take(), take()]).toEqual(["b", "a", undefined]);
});

/** A scheduler with a plugin that counts how often a pod is tried. */
const counting = readSchedulerConfiguration(
  `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- plugins: { filter: { enabled: [{ name: Counting }] } }
  pluginConfig: [{ name: Counting, args: { module: counting.ts } }]
`,
  "scheduler.yaml",
);

const heartbeat = {
  conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:10Z" }],
};
const room = (cpu: string) => ({ ...heartbeat, allocatable: { cpu, memory: "4Gi", pods: "110" } });
const untainted = (object: Node) => ({ ...object, spec: { taints: [] } });

test.each<[string, (cluster: TestCluster) => Promise<unknown>, number]>([
  ["a heartbeat of a node", cluster => cluster.reportNode("full", room("4")), 0],
  ["more room on a node", cluster => cluster.reportNode("full", room("8")), 1],
  ["a taint that is removed", cluster => cluster.change("Node", "tainted", untainted), 1],
  ["a pod that ends", cluster => cluster.reportPod("there", { phase: "Succeeded" }), 1],
  ["a pod that is gone", cluster => cluster.delete("Pod", "there", { gracePeriodSeconds: 0 }), 1],
  ["a pod that becomes ready", cluster => cluster.reportPod("there", { phase: "Running" }), 0],
  ["a node that has enough", cluster => cluster.create(node("large", { cpu: "4" })), 1],
  ["five minutes", cluster => cluster.advance(301_000), 1],
  ["less than that", cluster => cluster.advance(200_000), 0],
])("%s: a pod that fits nowhere is tried again where that may help", async (_, change, expected) => {
  let tries = 0;
  const preFilter = () => {
    tries++;
    return undefined;
  };
  const cluster = await TestCluster.of();
  const load = (name: string) => ({ name, preFilter });
  const scheduler = new Scheduler(cluster.store, { configuration: counting, load });
  scheduler.start();
  cluster.run(scheduler.controller);
  const taints = [{ key: "x", effect: "NoSchedule" as const }];
  await cluster.create(node("full", { cpu: "4" }));
  await cluster.create(node("tainted", { cpu: "8" }, { taints }));
  await cluster.create(large("there", { priority: 9 }));
  await cluster.settle();
  await cluster.create(large("waits"));
  await cluster.settle();
  tries = 0;
  await change(cluster);
  await cluster.settle();
  expect(tries).toBe(expected);
  await cluster.stop();
  await scheduler.stop();
});

function large(name: string, spec: Partial<PodSpec> = {}): Draft<Pod> {
  const containers = [{ name: "app", image: "echo", resources: { requests: { cpu: "3" } } }];
  return pod(name, {}, { containers, ...spec });
}

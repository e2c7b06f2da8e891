/** The scheduler's metrics: what each attempt, queue and preemption counts, under kube-scheduler's names and labels. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import { Scheduler } from "./scheduler.ts";

let cluster: TestCluster;
let scheduler: Scheduler;

beforeEach(async () => {
  cluster = await TestCluster.of();
  scheduler = new Scheduler(cluster.store);
  scheduler.start();
  cluster.run(scheduler.controller);
  await cluster.settle();
});

afterEach(async () => {
  await cluster.stop();
  scheduler.stop();
  expect(cluster.failures).toEqual([]);
});

/** The samples of a metric: `{queue="active",event="NodeAdd"}` and their values; of a histogram those that say how many. */
function read(name: string): Record<string, number> {
  const family = scheduler.metrics().find(each => each.name === `scheduler_${name}`);
  const counts = family?.values.filter(
    ({ metricName }) => metricName === undefined || metricName.endsWith("_count"),
  );
  return Object.fromEntries(
    counts?.map(({ labels, value }) => [Object.values(labels).join(" "), value]) ?? [],
  );
}

const big = (name: string, priority = 0) =>
  pod(
    name,
    {},
    {
      priority,
      containers: [{ name: "app", image: "echo", resources: { requests: { cpu: "3" } } }],
    },
  );
const small = () => node("node-1", { cpu: "4", pods: "9" });

test("a pod that waits for a node is tried twice; which event brought it back is counted", async () => {
  await cluster.create(pod("one"));
  await cluster.settle();
  expect(read("schedule_attempts_total")).toEqual({ "default-scheduler unschedulable": 1 });
  expect(read("pending_pods")).toEqual({ active: 0, backoff: 0, unschedulable: 1, gated: 0 });
  await cluster.advance(500);
  await cluster.create(node("node-1"));
  await cluster.settle();
  expect(read("schedule_attempts_total")).toEqual({
    "default-scheduler unschedulable": 1,
    "default-scheduler scheduled": 1,
  });
  expect(read("queue_incoming_pods_total")).toEqual({
    "UnscheduledPodAdd active": 1,
    "ScheduleAttemptFailure unschedulable": 1,
    "NodeAdd backoff": 1,
  });
  expect(read("pod_scheduling_sli_duration_seconds")).toEqual({ "2": 1 });
  expect(read("pod_scheduling_attempts")).toEqual({ "": 1 });
  expect(read("scheduling_attempt_duration_seconds")).toEqual({
    "default-scheduler unschedulable": 1,
    "default-scheduler scheduled": 1,
  });
  expect(read("pending_pods")).toEqual({ active: 0, backoff: 0, unschedulable: 0, gated: 0 });
  expect(read("scheduler_cache_size")).toEqual({ nodes: 1, pods: 1, assumed_pods: 0 });
});

test("a pod at a gate is no attempt, and its waiting begins when the gate opens", async () => {
  await cluster.create(node("node-1"));
  await cluster.create(pod("one", {}, { schedulingGates: [{ name: "mine" }] }));
  await cluster.advance(5_000);
  expect(read("pending_pods")).toMatchObject({ gated: 1 });
  expect(read("queue_incoming_pods_total")).toMatchObject({ "UnscheduledPodAdd gated": 1 });
  await cluster.change("Pod", "one", ({ spec: { schedulingGates: _, ...spec }, ...rest }) => ({
    ...rest,
    spec,
  }));
  await cluster.settle();
  expect(cluster.the("Pod", "one").spec.nodeName).toBe("node-1");
  expect(read("pending_pods")).toMatchObject({ gated: 0 });
  const sli = scheduler.metrics().find(({ name }) => name.endsWith("sli_duration_seconds"));
  expect(sli?.values.find(({ metricName }) => metricName?.endsWith("_sum"))?.value).toBeLessThan(2);
});

test("preemption counts its attempts and its victims", async () => {
  await cluster.create(small());
  await cluster.create(big("one"));
  await cluster.settle();
  await cluster.create(big("two", 1_000));
  await cluster.settle();
  expect(read("preemption_attempts_total")).toEqual({ "": 1 });
  const victims = scheduler.metrics().find(({ name }) => name === "scheduler_preemption_victims");
  expect(victims?.values.find(({ labels }) => labels.le === "1")?.value).toBe(1);
});

test("of the cycles that are sampled, each plugin's time is measured at its extension points", async () => {
  await cluster.create(node("node-1"));
  await cluster.create(node("node-2"));
  await cluster.create(pod("one"));
  await cluster.settle();
  const measured = read("plugin_execution_duration_seconds");
  expect(measured).toMatchObject({
    "Filter NodeResourcesFit Success": 2,
    "PreFilter NodeAffinity Skip": 1,
    "Score NodeResourcesFit Success": 2,
  });
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import type { Pod, PodSpec } from "../resources/index.ts";
import { reportText } from "./report-text.ts";
import { Scheduler } from "./scheduler.ts";

let cluster: TestCluster;
let scheduler: Scheduler;

beforeEach(async () => {
  cluster = await TestCluster.of();
  scheduler = new Scheduler(cluster.store);
  scheduler.start();
  cluster.run(scheduler.controller);
  await cluster.create(node("node-1", {}, { taints: [{ key: "gpu", value: "a", effect: "NoSchedule" }] }));
  await cluster.create(node("node-2", {}, { unschedulable: true }));
  await cluster.create(node("node-3"));
});

afterEach(async () => {
  await cluster.stop();
  scheduler.stop();
});

const containers = (cpu: string, hostPort?: number) => [
  {
    name: "app",
    image: "echo",
    resources: { requests: { cpu } },
    ...(hostPort !== undefined && { ports: [{ containerPort: 80, hostPort }] }),
  },
];

async function report(name: string, spec: Partial<PodSpec>) {
  await cluster.create(pod(name, {}, spec));
  await cluster.settle();
  return scheduler.report(cluster.the("Pod", name));
}

test("of a pod that waits it says what is wrong with each node, all of it, and what would have to change", async () => {
  await report("first", { containers: containers("1", 8080) });
  const found = await report("second", {
    containers: containers("1500m", 8080),
    nodeSelector: { disk: "ssd" },
  });
  const remedies = Object.fromEntries(found.nodes.map(({ node, remedies }) => [node, remedies]));
  const ssd = "the label disk=ssd (it has none)";
  expect(remedies).toEqual({
    "node-1": [
      "the pod tolerates the taint gpu=a:NoSchedule, or it is removed: kubectl taint node node-1 gpu=a:NoSchedule-",
      ssd,
    ],
    "node-2": ["kubectl uncordon node-2", ssd],
    "node-3": [
      ssd,
      "the port 8080 is free, which demo/first has",
      "500m more cpu (it requests 1500m; 1000m of 2000m are free)",
    ],
  });
  expect(found.message).toContain("0/3 nodes are available");
  const text = reportText(found);
  expect(text).toContain("demo/second has no node (default-scheduler): 0/3 nodes are available");
  expect(text).toMatch(/NODE +TaintToleration +NodeAffinity/);
  expect(text).toMatch(/For it to fit:\n {2}node-1: the pod tolerates/);
});

test("of a pod that was placed it says what was found then", async () => {
  await cluster.create(node("node-4"));
  const found = await report("one", { containers: containers("1") });
  expect(found.nodes.map(({ node, refusals }) => [node, Object.keys(refusals)])).toEqual([
    ...[
      [found.nodes[0]?.node, []],
      [found.nodes[1]?.node, []],
    ],
    ["node-1", ["TaintToleration"]],
    ["node-2", ["NodeUnschedulable"]],
  ]);
  expect(found.nodes[0]?.scores).toMatchObject({ NodeResourcesFit: 72 });
  expect(reportText(found)).toContain(`demo/one is on ${found.node} (default-scheduler).`);
});

test("of a pod that named its node nothing is known", async () => {
  const found = await report("own", { nodeName: "node-3" });
  expect([found.node, found.nodes]).toEqual(["node-3", []]);
  expect(reportText(found)).toBe("demo/own is on node-3 (default-scheduler).\n");
});

test("of a pod that is gated it says which gates hold it", async () => {
  const found = await report("gated", { schedulingGates: [{ name: "queue.io/quota" }] });
  expect(found.gates).toEqual(["queue.io/quota"]);
  expect(reportText(found)).toContain(
    "For it to fit:\n  what set the gate queue.io/quota takes it out of the pod's spec.schedulingGates\n",
  );
});

test("what a node was promised to is counted there, as the scheduler does", async () => {
  await report("low", { containers: containers("2"), priority: 0, terminationGracePeriodSeconds: 60 });
  await cluster.reportPod("low", { phase: "Running", startTime: "2026-01-01T00:00:00Z" });
  await report("high", { containers: containers("1500m"), priority: 9 });
  expect(cluster.the("Pod", "high").status?.nominatedNodeName).toBe("node-3");
  await report("late", { containers: containers("1"), priority: 5 });
  await cluster.reportPod("low", { phase: "Succeeded" });
  // Nothing is scheduled meanwhile: the place is free, and promised.
  const found = await scheduler.report(cluster.the("Pod", "late"));
  expect(found.nodes.find(({ node }) => node === "node-3")?.remedies).toEqual([
    "500m more cpu (it requests 1000m; 500m of 2000m are free)",
  ]);
});

test("a placed pod whose node, or another, has gone since has its report without it", async () => {
  const { node: own } = await report("one", { containers: containers("1") });
  expect(own).toBe("node-3");
  for (const name of ["node-1", "node-3"]) await cluster.delete("Node", name);
  await cluster.settle();
  const found = await scheduler.report(cluster.the("Pod", "one"));
  expect(found.nodes.map(({ node }) => node)).toEqual(["node-2"]);
});

test("a pod whose binding was refused has a report of how it stands now", async () => {
  await report("one", { containers: containers("1") });
  const { spec, ...rest } = cluster.the("Pod", "one");
  const { nodeName: _, ...unbound } = spec;
  const found = await scheduler.report({
    ...rest,
    spec: { ...unbound, nodeSelector: { disk: "ssd" } },
  } as Pod);
  expect(found.nodes.every(({ refusals }) => "NodeAffinity" in refusals)).toBe(true);
});

test("what holds for several nodes is said once, and why there are no scores, and why preemption does not help", async () => {
  await cluster.create(node("node-4", {}, { unschedulable: true }));
  const text = reportText(await report("one", { containers: containers("3"), priority: 7 }));
  const tooLarge =
    "1000m more cpu (it requests 3000m; 2000m of 2000m are free, and even an empty node has too little)";
  expect(text).toContain(`  every node: ${tooLarge}\n`);
  expect(text).toContain("\nNo node can take it: none was scored.\n");
  expect(text).toMatch(/Preemption, with the priority 7:\n {2}every node: no pod that goes would help\n$/);
});

test("of a pod that waits while nodes can take it, the scores are told", async () => {
  await cluster.create(node("node-4"));
  await report("one", { schedulingGates: [{ name: "queue.io/quota" }], containers: containers("1") });
  const found = await scheduler.report(cluster.the("Pod", "one"));
  expect(found.nodes.slice(0, 2).map(({ scores, total }) => [scores.NodeResourcesFit, total])).toEqual([
    [72, expect.any(Number)],
    [72, expect.any(Number)],
  ]);
  expect(found.nodes.every(({ preemption }) => preemption === undefined)).toBe(true);
});

test("of a pod for a scheduler that is not here it says who would have to bind it", async () => {
  const found = await report("theirs", { containers: containers("1"), schedulerName: "nobody" });
  expect(found).toMatchObject({ schedulers: ["default-scheduler"], nodes: [] });
  expect(reportText(found)).toBe(`demo/theirs has no node (nobody): it was not tried yet

For it to fit:
  a scheduler called nobody binds it, or it is made anew with one that this cluster has: default-scheduler
`);
});

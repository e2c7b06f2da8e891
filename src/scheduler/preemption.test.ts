import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import type { Draft, Node, Pod, PodSpec } from "../resources/index.ts";
import { bestOf, type Candidate } from "./plugins/default-preemption.ts";
import { requestsOf } from "./requests.ts";
import { Scheduler } from "./scheduler.ts";
import { aNode, aPod, handleOf } from "./test-plugins.ts";

let cluster: TestCluster;
let scheduler: Scheduler;

beforeEach(async () => {
  cluster = await TestCluster.of();
  scheduler = new Scheduler(cluster.store);
  scheduler.start();
  cluster.run(scheduler.controller);
});

afterEach(async () => {
  await cluster.stop();
  scheduler.stop();
  expect(cluster.failures).toEqual([]);
});

async function create(...drafts: Draft<Pod | Node>[]): Promise<void> {
  for (const draft of drafts) await cluster.create(draft);
  await cluster.settle();
}

/** A pod of this priority that requests so much. */
function asking(
  name: string,
  priority: number,
  cpu: string,
  more: Partial<PodSpec> = {},
  labels = {},
): Draft<Pod> {
  const containers = [{ name: "app", image: "echo", resources: { requests: { cpu } } }];
  return pod(name, { labels }, { containers, priority, terminationGracePeriodSeconds: 5, ...more });
}

function conditionOf(name: string, type: string) {
  return cluster.the("Pod", name).status?.conditions?.find(each => each.type === type);
}

const running = (name: string, startTime = "2026-01-01T00:00:00Z") =>
  cluster.reportPod(name, { phase: "Running", startTime });
const isGoing = (name: string) => cluster.the("Pod", name).metadata.deletionTimestamp !== undefined;

test("a more important pod takes the place of a less important one, which keeps its grace period", async () => {
  await create(node("node-1"), asking("low", -10, "1500m"));
  await running("low");
  await create(asking("high", 1000, "1500m"));
  expect(cluster.the("Pod", "high").status?.nominatedNodeName).toBe("node-1");
  expect(conditionOf("high", "PodScheduled")?.message).toBe("0/1 nodes are available: 1 Insufficient cpu.");
  expect(conditionOf("low", "DisruptionTarget")).toMatchObject({
    status: "True",
    reason: "PreemptionByScheduler",
    message: "default-scheduler: preempting to accommodate a higher priority pod",
    observedGeneration: 1,
  });
  expect(cluster.the("Pod", "low").metadata.deletionGracePeriodSeconds).toBe(5);
  await cluster.recorder.written();
  const { uid } = cluster.the("Pod", "high").metadata;
  expect(cluster.events).toContain(`Normal Preempted Pod/low: Preempted by pod ${uid} on node node-1`);

  await cluster.reportPod("low", { phase: "Succeeded" });
  await cluster.settle();
  expect(cluster.the("Pod", "high").spec.nodeName).toBe("node-1");
  expect(cluster.the("Pod", "high").status?.nominatedNodeName).toBeUndefined();
});

test.each<[string, Partial<PodSpec>, number, string]>([
  [
    "its policy is Never",
    { preemptionPolicy: "Never" },
    5,
    "no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
  ],
  [
    "the others are as important",
    {},
    0,
    "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  ],
  [
    "none that goes could help",
    { nodeSelector: { disk: "ssd" } },
    5,
    "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  ],
])("no pod is pushed out where %s", async (_, spec, priority, message) => {
  await create(node("node-1"), asking("low", 0, "1500m"));
  await running("low");
  await create(asking("high", priority, "1500m", spec));
  expect(isGoing("low")).toBe(false);
  expect(conditionOf("high", "PodScheduled")?.message).toContain(message);
});

test("no more go than need to, the least important first, and of those the youngest", async () => {
  await create(node("node-1", { cpu: "4" }));
  for (const [i, priority] of [0, 1, 1, 2].entries()) {
    await create(asking(`p${i}`, priority, "1"));
    await running(`p${i}`, `2026-01-01T00:00:0${i}Z`);
  }
  await create(asking("high", 10, "2"));
  expect(["p0", "p1", "p2", "p3"].filter(isGoing)).toEqual(["p0", "p2"]);
});

test("a budget is broken only where there is no other way", async () => {
  const budget = (disruptionsAllowed: number): Draft =>
    ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "guard", namespace: "demo" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
      status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    }) as Draft;
  await create(node("node-1"), node("node-2"));
  await cluster.create(budget(0));
  const on = (name: string) => ({ nodeSelector: { "kubernetes.io/hostname": name } });
  await create(
    asking("guarded", 0, "2", on("node-1"), { app: "web" }),
    asking("other", 5, "2", on("node-2")),
  );
  for (const name of ["guarded", "other"]) await running(name);
  await create(asking("high", 10, "2"));
  expect([isGoing("guarded"), isGoing("other")]).toEqual([false, true]);
  await create(asking("higher", 20, "2", on("node-1")));
  expect(isGoing("guarded")).toBe(true);
});

test("what was promised is kept for the pod, and given up for one that is more important", async () => {
  await create(node("node-1"), asking("low", 0, "2"));
  await running("low");
  await create(asking("middle", 5, "1500m"));
  expect(isGoing("low")).toBe(true);
  // Its place is free in a moment, and promised: one that came later does not get it.
  await create(asking("late", 1, "1"));
  await create(asking("high", 10, "1500m"));
  await cluster.reportPod("low", { phase: "Succeeded" });
  await cluster.settle();
  const nodeOf = (name: string) => cluster.the("Pod", name).spec.nodeName;
  expect([nodeOf("middle"), nodeOf("late"), nodeOf("high")]).toEqual([undefined, undefined, "node-1"]);
  expect(cluster.the("Pod", "middle").status?.nominatedNodeName).toBeUndefined();
});

test("what was promised to a pod that is deleted meanwhile is free for others", async () => {
  await create(node("node-1"), asking("low", 0, "1500m"));
  await running("low");
  await create(asking("high", 10, "1500m"));
  await create(asking("late", 1, "400m"));
  await cluster.advance(2_000);
  expect(cluster.the("Pod", "late").spec.nodeName).toBeUndefined();
  await cluster.delete("Pod", "high", { gracePeriodSeconds: 0 });
  await cluster.advance(2_000);
  expect(cluster.the("Pod", "low").spec.nodeName).toBe("node-1");
  expect(cluster.the("Pod", "late").spec.nodeName).toBe("node-1");
});

test("of several equal pods each takes its own place", async () => {
  await create(node("node-1", { cpu: "4" }));
  for (const name of ["a", "b", "c", "d"]) {
    await create(asking(name, 0, "1"));
    await running(name);
  }
  await create(asking("x", 9, "1"), asking("y", 9, "1"));
  expect(["a", "b", "c", "d"].filter(isGoing).length).toBe(2);
});

test("one that is tried again while its victims go keeps no equal one from pushing out its own", async () => {
  await create(node("node-1", { cpu: "4" }), node("node-2", { cpu: "4" }));
  const low = ["a", "b", "c", "d"];
  for (const name of low) {
    await create(asking(name, 0, "2"));
    await running(name);
  }
  await create(asking("x", 9, "3"));
  const [first = ""] = low.filter(isGoing);
  await cluster.reportPod(first, { phase: "Succeeded" });
  await cluster.advance(1_000);
  expect(conditionOf("x", "PodScheduled")?.message).toContain("not eligible due to a terminating pod");
  await create(asking("y", 9, "3"));
  expect(low.filter(isGoing)).toEqual(low);
});

describe("of the nodes that come into question", () => {
  const [nodeInfo] = handleOf([aNode("node-1")]).snapshot.nodeInfos;
  const victim = (priority: number, startTime = "2026-01-01T00:00:00Z"): Pod => ({
    ...aPod({ priority }),
    status: { startTime },
  });
  const candidate = (violations: number, ...victims: Pod[]): Candidate[] =>
    nodeInfo ? [{ nodeInfo, victims, violations }] : [];
  test.each<[string, Candidate[], Candidate[]]>([
    ["fewer broken budgets", candidate(0, victim(9)), candidate(1, victim(0))],
    ["a less important highest victim", candidate(0, victim(1), victim(1)), candidate(0, victim(2))],
    ["a lower sum of priorities", candidate(0, victim(2), victim(0)), candidate(0, victim(2), victim(1))],
    ["fewer victims", candidate(0, victim(-5)), candidate(0, victim(-5), victim(-5))],
    [
      "victims that were started later",
      candidate(0, victim(0, "2026-01-01T00:00:09Z")),
      candidate(0, victim(0, "2026-01-01T00:00:01Z")),
    ],
  ])("%s is better", (_, better, worse) => {
    expect(bestOf([...worse, ...better])).toBe(better[0]);
    expect(bestOf([...better, ...worse])).toBe(better[0]);
  });
});

test("whatever comes: no pod is pushed out for one that is not more important, and no node is overfull", async () => {
  const script = fc.array(
    fc.record({ cpu: fc.integer({ min: 3, max: 15 }), priority: fc.nat(3), end: fc.boolean() }),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(script, async deeds => {
      const world = await TestCluster.of();
      const own = new Scheduler(world.store);
      own.start();
      world.run(own.controller);
      for (const name of ["node-1", "node-2"]) await world.create(node(name));
      const wrong: string[] = [];
      world.store.watch({ kind: "Pod" }, ({ object }) => {
        const { status, spec, metadata } = object as Pod;
        if (!status?.conditions?.some(({ type }) => type === "DisruptionTarget")) return;
        const isLess = world.store
          .list("Pod")
          .some(
            other =>
              other.status?.nominatedNodeName === spec.nodeName &&
              (other.spec.priority ?? 0) > (spec.priority ?? 0),
          );
        if (!isLess && !metadata.deletionTimestamp) wrong.push(metadata.name);
      });
      for (const [i, { cpu, priority, end }] of deeds.entries()) {
        await world.create(asking(`p${i}`, priority, `${cpu}00m`));
        await world.settle();
        for (const { metadata, spec } of world.store.list("Pod")) {
          if (spec.nodeName && !metadata.deletionTimestamp)
            await world.reportPod(metadata.name, { phase: "Running" });
          if (end && metadata.deletionTimestamp)
            await world.delete("Pod", metadata.name, { gracePeriodSeconds: 0 });
        }
        await world.settle();
        for (const name of ["node-1", "node-2"]) {
          const pods = world.store.list("Pod").filter(({ spec }) => spec.nodeName === name);
          expect(pods.reduce((sum, each) => sum + requestsOf(each).cpu, 0)).toBeLessThanOrEqual(2_000);
        }
      }
      expect(wrong).toEqual([]);
      // Many events are written in several turns, which in this world come only with its time.
      await Promise.all([world.recorder.written(), world.settle()]);
      expect(await world.writesDuring(() => world.advance(3_000))).toBe(0);
      expect(world.failures).toEqual([]);
      await world.stop();
      own.stop();
    }),
    { numRuns: 30 },
  );
});

describe("a pod that keeps another away by its anti-affinity", () => {
  const away: Partial<PodSpec> = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } },
        ],
      },
    },
  };
  const web = { app: "web" };

  test("goes for it, alone", async () => {
    await create(node("node-1"), asking("quiet", 0, "100m"), asking("holder", 0, "100m", away));
    await running("quiet");
    await running("holder");
    await create(asking("high", 1000, "100m", {}, web));
    expect(cluster.the("Pod", "high").status?.nominatedNodeName).toBe("node-1");
    expect(["quiet", "holder"].map(isGoing)).toEqual([false, true]);
  });

  test("keeps it away also where it was only promised the node", async () => {
    await create(node("node-1"), asking("low", 0, "2"));
    await running("low");
    await create(asking("holder", 1000, "1", away));
    expect(cluster.the("Pod", "holder").status?.nominatedNodeName).toBe("node-1");
    await create(
      node("node-2"),
      asking("late", 10, "100m", { nodeSelector: { "kubernetes.io/hostname": "node-1" } }, web),
    );
    expect(conditionOf("late", "PodScheduled")?.message).toContain(
      "didn't satisfy existing pods anti-affinity rules",
    );
  });
});

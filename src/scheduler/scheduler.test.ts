import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import { type Draft, type Event, type Node, ownedBy, type Pod, type PodSpec } from "../resources/index.ts";
import { enoughOf } from "./cycle.ts";
import type { Plugin, Refusal } from "./framework.ts";
import { requestsOf } from "./requests.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";

let cluster: TestCluster;
let scheduler: Scheduler;

beforeEach(async () => {
  cluster = await TestCluster.of();
});

afterEach(async () => {
  await cluster.stop();
  scheduler.stop();
  expect(cluster.failures).toEqual([]);
});

/** From here on pods are placed; `options` say how. */
async function start(options: SchedulerOptions = {}): Promise<void> {
  scheduler = new Scheduler(cluster.store, options);
  scheduler.start();
  cluster.run(scheduler.controller);
  await cluster.settle();
}

async function create(...drafts: Draft<Pod | Node>[]): Promise<void> {
  for (const draft of drafts) await cluster.create(draft);
  await cluster.settle();
}

function wanting(cpu: string, more: Partial<PodSpec> = {}): Partial<PodSpec> {
  return { containers: [{ name: "app", image: "echo", resources: { requests: { cpu } } }], ...more };
}

function replica(name: string, spec: Partial<PodSpec> = {}, owner = "web"): Draft<Pod> {
  const reference = { apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner, controller: true };
  return pod(name, { ownerReferences: [reference] }, spec);
}

function nodeOf(name: string): string | undefined {
  return cluster.the("Pod", name).spec.nodeName;
}

function scheduled(name: string) {
  return cluster.the("Pod", name).status?.conditions?.find(({ type }) => type === "PodScheduled");
}

const onNode2 = { nodeSelector: { "kubernetes.io/hostname": "node-2" } };

describe("a pod that fits", () => {
  test("is bound in one write, which says so", async () => {
    await start();
    await create(node("node-1"), pod("one"));
    expect(nodeOf("one")).toBe("node-1");
    expect(cluster.lifeOf("Pod", "one")).toEqual(["ADDED", "MODIFIED"]);
    const { generation, ...condition } = { generation: 1, ...scheduled("one") };
    expect(condition).toEqual({
      type: "PodScheduled",
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    expect(cluster.the("Pod", "one").metadata.generation).toBe(generation);
    await cluster.recorder.written();
    expect(cluster.events).toEqual(["Normal Scheduled Pod/one: Successfully assigned demo/one to node-1"]);
  });

  test("and was there before the scheduler is placed when that starts", async () => {
    await create(node("node-1"), pod("one"));
    await start();
    expect(nodeOf("one")).toBe("node-1");
  });

  test.each<[string, Partial<PodSpec>]>([
    ["has a node already", { nodeName: "elsewhere" }],
    ["is another scheduler's", { schedulerName: "mine" }],
    ["is held back by a gate", { schedulingGates: [{ name: "example.com/wait" }] }],
  ])("is left alone if it %s", async (_, spec) => {
    await start();
    await create(node("node-1"), pod("one", {}, spec));
    expect(nodeOf("one")).toBe(spec.nodeName);
  });

  test("says that a gate holds it back, and is placed when the last is gone", async () => {
    await start();
    await create(node("node-1"), pod("one", {}, { schedulingGates: [{ name: "example.com/wait" }] }));
    expect(scheduled("one")).toMatchObject({
      status: "False",
      reason: "SchedulingGated",
      message: "Scheduling is blocked due to non-empty scheduling gates",
    });
    await cluster.change("Pod", "one", object => ({
      ...object,
      spec: { ...object.spec, schedulingGates: [] },
    }));
    await cluster.settle();
    expect(nodeOf("one")).toBe("node-1");
  });
});

describe("a pod that fits nowhere", () => {
  test("waits until another has ended, not until its object is gone", async () => {
    await start();
    await create(node("node-1"), node("node-2"), pod("one", {}, wanting("1200m", onNode2)));
    await create(pod("two", {}, wanting("1200m", onNode2)));
    const message =
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.";
    expect(scheduled("two")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message,
      observedGeneration: 1,
    });
    await cluster.recorder.written();
    expect(cluster.events).toContain(`Warning FailedScheduling Pod/two: ${message}`);

    await cluster.delete("Pod", "one");
    await cluster.settle();
    expect(nodeOf("two")).toBeUndefined();
    await cluster.reportPod("one", { phase: "Succeeded" });
    await cluster.settle();
    expect(nodeOf("two")).toBe("node-2");
    expect(scheduled("two")).toEqual({
      type: "PodScheduled",
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
  });

  test("says so once, however long it waits", async () => {
    await start();
    await create(node("node-1"), pod("one", {}, wanting("3")));
    await cluster.recorder.written();
    expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);
    expect(cluster.store.list("Event")[0]?.count).toBe(1);
  });

  test("is not tried again for a heartbeat that says what the last one said, only for more room", async () => {
    await start();
    await create(node("node-1"), pod("one", {}, wanting("3")));
    const allocatable = { cpu: "2", memory: "4Gi", pods: "110" };
    const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:10Z" }];
    const beat = (more: object) =>
      cluster.reportNode("node-1", { allocatable: { ...allocatable, ...more }, conditions });
    await beat({});
    await cluster.settle();
    expect(nodeOf("one")).toBeUndefined();
    await beat({ cpu: "3" });
    await cluster.settle();
    expect(nodeOf("one")).toBe("node-1");
  });

  test("waits because none of its kind may share a node", async () => {
    await start();
    await create(node("node-1"), node("node-2"));
    const term = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "p" } } };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    for (const name of ["p1", "p2", "p3"]) await create(pod(name, { labels: { app: "p" } }, { affinity }));
    expect([nodeOf("p1"), nodeOf("p2")].sort()).toEqual(["node-1", "node-2"]);
    expect(scheduled("p3")?.message).toBe(
      "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    );
  });

  test("is told when there is no node at all", async () => {
    await start();
    await create(pod("one"));
    expect(scheduled("one")?.message).toBe("no nodes available to schedule pods");
  });

  test.each<[string, (node: Node) => Draft<Node>]>([
    ["is uncordoned", object => ({ ...object, spec: {} })],
    ["loses its taint", object => ({ ...object, spec: { unschedulable: false, taints: [] } })],
  ])("is placed when a node %s", async (_, change) => {
    await start();
    await create(node("node-1", {}, { unschedulable: true }), pod("one"));
    expect(nodeOf("one")).toBeUndefined();
    await cluster.change("Node", "node-1", change);
    await cluster.settle();
    expect(nodeOf("one")).toBe("node-1");
  });

  test("is placed when a node comes, or grows", async () => {
    await start();
    await create(pod("one"), pod("large", {}, wanting("8")));
    await create(node("node-1"));
    expect(nodeOf("one")).toBe("node-1");
    expect(nodeOf("large")).toBeUndefined();
    await cluster.reportNode("node-1", { allocatable: { cpu: "16", memory: "4Gi", pods: "110" } });
    await cluster.settle();
    expect(nodeOf("large")).toBe("node-1");
  });

  test("keeps none of its kind waiting longer than need be", async () => {
    await start();
    await create(node("node-1", { cpu: "4" }));
    const names = Array.from({ length: 20 }, (_, i) => `web-${i}`);
    await create(...names.map(name => replica(name, wanting("1"))));
    const placed = () => names.filter(nodeOf).length;
    expect(placed()).toBe(4);
    await create(node("node-2", { cpu: "12" }));
    expect(placed()).toBe(16);
    for (const name of names.filter(nodeOf).slice(0, 3))
      await cluster.delete("Pod", name, { gracePeriodSeconds: 0 });
    await cluster.settle();
    expect(names.filter(name => cluster.get("Pod", name)?.spec.nodeName).length).toBe(16);
  });
});

test("events of a pod come from the profile that it names", async () => {
  await start({ configuration: { profiles: [{}, { schedulerName: "plain" }] } });
  const large = wanting("9", { schedulerName: "plain" });
  await create(
    node("node-1"),
    pod("one"),
    pod("two", {}, { schedulerName: "plain" }),
    pod("large", {}, large),
  );
  await cluster.recorder.written();
  const told = cluster.store.list("Event") as Event[];
  const sources = told.map(({ involvedObject, reason, source }) => [
    involvedObject.name,
    reason,
    source?.component,
  ]);
  expect(sources.toSorted()).toEqual([
    ["large", "FailedScheduling", "plain"],
    ["one", "Scheduled", "default-scheduler"],
    ["two", "Scheduled", "plain"],
  ]);
});

describe("with a plugin of a user", () => {
  const refusal: Refusal = { reasons: ["no"], isFinal: false };
  const withPlugin = (plugin: Omit<Plugin, "name">): SchedulerOptions => ({
    configuration: {
      profiles: [
        {
          plugins: { multiPoint: { enabled: [{ name: "Mine" }] } },
          pluginConfig: [{ name: "Mine", args: { module: "mine.ts" } }],
        },
      ],
    },
    load: name => ({ name, ...plugin }),
  });
  const hints: Plugin["hints"] = [{ kind: "Pod", helps: () => true }];

  test.each(["node-1", "node-2"])(
    "where the node %s goes while it scores, the pod comes to the other",
    async gone => {
      let answer = () => {};
      const first = new Promise<void>(done => {
        answer = done;
      });
      const preScore: Plugin["preScore"] = async () => {
        await first;
        return { score: () => 0 };
      };
      await create(node("node-1"), node("node-2"), pod("one"));
      await start(withPlugin({ preScore }));
      await cluster.delete("Node", gone);
      await cluster.settle();
      answer();
      await cluster.settle();
      await cluster.advance(5_000);
      expect(cluster.the("Pod", "one").spec.nodeName).toBe(gone === "node-1" ? "node-2" : "node-1");
    },
  );

  test.each<[string, number, () => unknown]>([
    ["nothing changed", 1, () => {}],
    ["another pod went", 2, () => cluster.delete("Pod", "first", { gracePeriodSeconds: 0 })],
    [
      "its own labels changed",
      2,
      () =>
        cluster.change("Pod", "second", object => ({
          ...object,
          metadata: { ...object.metadata, labels: { other: "one" } },
        })),
    ],
    ["the plugin changed", 2, () => scheduler.retryAll()],
    ["it was deleted", 1, () => cluster.delete("Pod", "second", { gracePeriodSeconds: 0 })],
  ])("where %s while a pod was tried, it is tried %i times", async (_, times, change) => {
    let [asked, answer] = [0, () => {}];
    const first = new Promise<void>(done => {
      answer = done;
    });
    const preFilter: Plugin["preFilter"] = async () => {
      asked++;
      await first;
      return { filter: () => refusal };
    };
    await cluster.create(node("node-1"));
    await cluster.create(pod("first", {}, { nodeName: "node-1" }));
    await cluster.create(pod("second"));
    await start(withPlugin({ hints, preFilter }));
    expect(asked).toBe(1);
    await change();
    await cluster.settle();
    answer();
    await cluster.settle();
    await cluster.advance(2_000);
    expect(asked).toBe(times);
  });

  test("what it said of a pod holds for no other, which may differ in all that it sees", async () => {
    const preFilter: Plugin["preFilter"] = ({ metadata: { name } }) => ({
      filter: () => (name === "red" ? refusal : undefined),
    });
    await start(withPlugin({ hints, preFilter }));
    await create(node("node-1"), pod("red"), pod("blue"));
    expect([nodeOf("red"), nodeOf("blue")]).toEqual([undefined, "node-1"]);
  });
});

describe("the more important", () => {
  test("goes first, though it came last", async () => {
    await create(node("node-1", { pods: "3" }));
    for (const [i, priority] of [0, 5, 0, 10, 0, 5].entries()) await create(pod(`p${i}`, {}, { priority }));
    await start();
    await cluster.settle();
    expect(cluster.names("Pod").filter(nodeOf)).toEqual(["p1", "p3", "p5"]);
  });

  test("goes first when there is room again", async () => {
    await start();
    await create(node("node-1", { pods: "1" }), pod("first"));
    await create(pod("low"), pod("high", {}, { priority: 10 }));
    await cluster.delete("Pod", "first", { gracePeriodSeconds: 0 });
    await cluster.settle();
    expect([nodeOf("low"), nodeOf("high")]).toEqual([undefined, "node-1"]);
  });
});

describe("ranking", () => {
  test("spreads pods that request nothing", async () => {
    await start();
    await create(node("node-1"), node("node-2"), node("node-3"));
    await create(...Array.from({ length: 9 }, (_, i) => pod(`p${i}`)));
    const counts = ["node-1", "node-2", "node-3"].map(
      name => cluster.names("Pod").filter(pod => nodeOf(pod) === name).length,
    );
    expect(counts).toEqual([3, 3, 3]);
  });

  test("keeps siblings apart, even where a node is fuller", async () => {
    await start();
    await create(node("node-1"), node("node-2"));
    const labels = { app: "web" };
    const set = await cluster.create({
      ...{ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "web", namespace: "demo" } },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "echo" }] } },
      },
    } as Draft);
    const ownerReferences = [ownedBy(set)];
    await create(pod("other", {}, wanting("100m", onNode2)));
    for (const name of ["web-0", "web-1"]) await create(pod(name, { labels, ownerReferences }));
    expect([nodeOf("web-0"), nodeOf("web-1")].sort()).toEqual(["node-1", "node-2"]);
  });

  test("follows what a pod prefers", async () => {
    await start();
    await create(node("node-1"), node("node-2"), node("node-3"));
    const preference = {
      matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In" as const, values: ["node-2"] }],
    };
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
    };
    await create(pod("one", {}, { affinity }));
    expect(nodeOf("one")).toBe("node-2");
  });

  test("draws lots among equals, the same for the same seed", async () => {
    const draw = async (seed: number) => {
      const world = new TestCluster(seed);
      for (const name of ["default", "demo"])
        await world.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      for (let i = 0; i < 8; i++) await world.create(node(`node-${i}`));
      const own = new Scheduler(world.store);
      own.start();
      world.run(own.controller);
      await world.create(pod("one"));
      await world.settle();
      await world.stop();
      own.stop();
      return world.the("Pod", "one").spec.nodeName;
    };
    await start();
    const drawn = await Promise.all([1, 2, 3, 4, 5, 6].map(draw));
    expect(new Set(drawn).size).toBeGreaterThan(1);
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(draw))).toEqual(drawn);
  });
});

test.each([
  [1, 100],
  [100, 100],
  [200, 100],
  [500, 230],
  [5_000, 500],
  [10_000, 500],
])("of %i nodes it ranks %i", (nodes, enough) => {
  expect(enoughOf(nodes)).toBe(enough);
});

test("whatever comes and goes: no node is ever overfull, and then nothing is written", async () => {
  const deeds = fc.array(
    fc.record({
      deed: fc.constantFrom("pod", "pod", "pod", "replica", "end", "delete", "node", "cordon", "uncordon"),
      place: fc.nat(9),
      cpu: fc.integer({ min: 1, max: 15 }),
      priority: fc.nat(2),
    }),
    { maxLength: 60 },
  );
  await start();
  await fc.assert(
    fc.asyncProperty(deeds, async script => {
      const world = await TestCluster.of();
      const own = new Scheduler(world.store);
      own.start();
      world.run(own.controller);
      world.store.watch({ kind: "Pod" }, () => expectNoneOverfull(world));
      for (const [step, { deed, place, cpu, priority }] of script.entries()) {
        const pods = world.names("Pod");
        const name = pods[place % Math.max(1, pods.length)] ?? "";
        const nodes = world.names("Node");
        const nodeName = nodes[place % Math.max(1, nodes.length)] ?? "";
        const spec = wanting(`${cpu}00m`, { priority });
        if (deed === "pod") await world.create(pod(`p${step}`, {}, spec));
        if (deed === "replica") await world.create(replica(`p${step}`, wanting("700m")));
        if (deed === "end" && name) await world.reportPod(name, { phase: "Succeeded" });
        if (deed === "delete" && name) await world.delete("Pod", name, { gracePeriodSeconds: 0 });
        if (deed === "node" && !world.get("Node", `node-${place}`))
          await world.create(node(`node-${place}`, { pods: "4" }));
        if (deed.endsWith("cordon") && nodeName)
          await world.change("Node", nodeName, node => ({
            ...node,
            spec: { unschedulable: deed === "cordon" },
          }));
        if (place % 2 === 0) await world.settle();
      }
      await world.advance(3_000);
      expectNoneFitsThatWaits(world);
      expect(await world.writesDuring(() => world.advance(3_000))).toBe(0);
      expect(world.failures).toEqual([]);
      await world.stop();
      own.stop();
    }),
    { numRuns: 60 },
  );
});

/** What the pods of a node request together, counted from the store, not from the snapshot. */
function takenOf(world: TestCluster, nodeName: string, withPromised = false): { cpu: number; pods: number } {
  const pods = world.store.list("Pod").filter(({ spec, status }) => {
    const isThere = spec.nodeName === nodeName && status?.phase !== "Succeeded";
    return isThere || (withPromised && status?.nominatedNodeName === nodeName);
  });
  return { cpu: pods.reduce((sum, pod) => sum + requestsOf(pod).cpu, 0), pods: pods.length };
}

function expectNoneOverfull(world: TestCluster): void {
  for (const { metadata } of world.store.list("Node")) {
    const { cpu, pods } = takenOf(world, metadata.name);
    expect(cpu).toBeLessThanOrEqual(2_000);
    expect(pods).toBeLessThanOrEqual(4);
  }
}

function expectNoneFitsThatWaits(world: TestCluster): void {
  for (const pod of world.store.list("Pod")) {
    if (pod.spec.nodeName || pod.status?.phase === "Succeeded") continue;
    // It waits for those to end that it pushes out, and what it was promised is kept for it.
    if (pod.status?.nominatedNodeName) continue;
    for (const { metadata, spec } of world.store.list("Node")) {
      const { cpu, pods } = takenOf(world, metadata.name, true);
      const fits = cpu + requestsOf(pod).cpu <= 2_000 && pods < 4;
      expect(fits && !spec?.unschedulable).toBe(false);
    }
  }
}

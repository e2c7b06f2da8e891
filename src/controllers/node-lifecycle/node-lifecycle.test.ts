import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { author, node, pod, TestCluster } from "../../loop/test-cluster.ts";
import { microTime } from "../../outside/index.ts";
import type { Node, Pod, Taint, Toleration } from "../../resources/index.ts";
import { nodeLifecycle, taintsOf } from "./node-lifecycle.ts";
import { patienceEnds, taintEviction } from "./taint-eviction.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(nodeLifecycle(), taintEviction());
});

/** The same over a store whose writes take a moment. */
async function overSlowStore(): Promise<void> {
  await cluster.stop();
  cluster = new TestCluster(1, { isSlow: true });
  for (const name of ["default", "demo"])
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  cluster.run(nodeLifecycle(), taintEviction());
}

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

/** The node says that it is there, and how it is. */
async function beat(name: string, status = "True"): Promise<void> {
  const lastHeartbeatTime = new Date(cluster.clock.now()).toISOString();
  await cluster.reportNode(name, { conditions: [{ type: "Ready", status, lastHeartbeatTime }] });
}

async function beatFor(name: string, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i += 10) {
    await beat(name);
    await cluster.advance(10_000);
  }
}

function taints(name: string): string[] {
  return (cluster.the("Node", name).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
}

function readiness(name: string) {
  return cluster.the("Node", name).status?.conditions?.find(({ type }) => type === "Ready");
}

/** A node that goes on beating: where no node is ready, nobody is driven off. */
async function another(name = "node-9", labels = {}): Promise<void> {
  await cluster.create({ ...node(name), metadata: { name, labels } });
  const goOn = async () => {
    await beat(name);
    cluster.clock.after(10_000, () => void goOn());
  };
  await goOn();
}

const unreachable = ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"];

/** What taints did to pods. */
const evictions = () =>
  cluster.store
    .list("Event")
    .filter(({ reason }) => reason === "TaintManagerEviction")
    .map(({ message }) => message);

test("a node that beats is left alone, and its pods", async () => {
  await cluster.create(node("node-1"));
  await cluster.create(pod("web", {}, { nodeName: "node-1" }));
  await beatFor("node-1", 600);
  expect(taints("node-1")).toEqual([]);
  expect(cluster.the("Pod", "web").metadata.deletionTimestamp).toBeUndefined();
});

test("a node that was silent while nobody could hear it has its time from when it is looked at first", async () => {
  const kept = await TestCluster.of();
  await kept.create(node("node-1"));
  const lastHeartbeatTime = new Date(kept.clock.now()).toISOString();
  await kept.reportNode("node-1", { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime }] });
  await kept.advance(3_600_000);
  kept.run(nodeLifecycle());
  const status = () =>
    kept.the("Node", "node-1").status?.conditions?.find(({ type }) => type === "Ready")?.status;
  await kept.advance(45_000);
  expect(status()).toBe("True");
  await kept.advance(10_000);
  expect(status()).toBe("Unknown");
  await kept.stop();
});

test("a lease that is renewed is a heartbeat, too", async () => {
  await cluster.create(node("node-1"));
  await beat("node-1");
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-node-lease" } });
  const spec = () => ({ renewTime: microTime(cluster.clock.now()) });
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  const metadata = { name: "node-1", namespace: "kube-node-lease" };
  await cluster.create({ ...lease, metadata, spec: spec() });
  for (let i = 0; i < 6; i++) {
    await cluster.advance(20_000);
    await cluster.registry.modify(
      "Lease",
      metadata.namespace,
      metadata.name,
      last => ({ ...last, spec: spec() }),
      {
        author,
      },
    );
  }
  expect(readiness("node-1")?.status).toBe("True");
  await cluster.advance(49_000);
  expect(readiness("node-1")?.status).toBe("True");
  await cluster.advance(3_000);
  expect(readiness("node-1")?.status).toBe("Unknown");
});

test.each([
  ["behind", -3_600_000],
  ["ahead", 86_400_000],
])("a node whose clock jumps and is %s is heard as before, and its silence too", async (_, byMs) => {
  await cluster.create(node("node-1"));
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-node-lease" } });
  await beatFor("node-1", 60);
  const metadata = { name: "node-1", namespace: "kube-node-lease" };
  const spec = () => ({ renewTime: microTime(cluster.clock.now() + byMs) });
  await cluster.create({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: spec() });
  for (let i = 0; i < 60; i++) {
    await cluster.advance(10_000);
    const renewed = (last: object) => ({ ...last, spec: spec() }) as never;
    await cluster.registry.modify("Lease", metadata.namespace, metadata.name, renewed, { author });
    expect([readiness("node-1")?.status, taints("node-1")]).toEqual(["True", []]);
  }
  await cluster.advance(49_000);
  expect(readiness("node-1")?.status).toBe("True");
  await cluster.advance(3_000);
  expect(readiness("node-1")?.status).toBe("Unknown");
});

test.each([-3_600_000, 86_400_000])(
  "the cluster's own clock is set by %i ms: no node is given up, and silence counts as before",
  async byMs => {
    await cluster.create(node("node-1"));
    await another();
    await beatFor("node-1", 60);
    cluster.clock.jump(byMs);
    for (const _ of [1, 2, 3]) {
      await cluster.advance(10_000);
      expect([readiness("node-1")?.status, taints("node-1")]).toEqual(["True", []]);
    }
    await cluster.advance(9_000);
    expect(readiness("node-1")?.status).toBe("True");
    await cluster.advance(3_000);
    expect(readiness("node-1")?.status).toBe("Unknown");
  },
);

test("a new node keeps the taint that it was born with until it is ready", async () => {
  const born: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  await cluster.create(node("node-1", {}, { taints: [born] }));
  await cluster.settle();
  expect(taints("node-1")).toEqual(["node.kubernetes.io/not-ready:NoSchedule"]);
  await beat("node-1");
  await cluster.settle();
  expect(taints("node-1")).toEqual([]);
});

test("a node that is cordoned has a taint that says so, until it is uncordoned", async () => {
  await cluster.create(node("node-1"));
  await beat("node-1");
  await cluster.change("Node", "node-1", given => ({
    ...given,
    spec: { ...given.spec, unschedulable: true },
  }));
  await cluster.settle();
  expect(taints("node-1")).toEqual(["node.kubernetes.io/unschedulable:NoSchedule"]);
  await cluster.change("Node", "node-1", ({ spec, ...given }) => ({
    ...given,
    spec: { taints: spec?.taints },
  }));
  await cluster.settle();
  expect(taints("node-1")).toEqual([]);
});

test("a node that falls silent becomes Unknown, and its pods are deleted when their tolerationSeconds have passed", async () => {
  await another();
  await cluster.create(node("node-1"));
  await cluster.create(pod("web", {}, { nodeName: "node-1" }));
  await beatFor("node-1", 20);
  await cluster.advance(39_000);
  expect(readiness("node-1")?.status).toBe("True");
  await cluster.advance(2_000);
  expect(readiness("node-1")).toMatchObject({
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
  });
  expect(taints("node-1")).toEqual(unreachable);
  expect(cluster.events).toEqual([
    "Normal NodeNotReady Node/node-1: Node node-1 status is now: NodeNotReady",
  ]);

  await cluster.advance(295_000);
  expect(cluster.the("Pod", "web").metadata.deletionTimestamp).toBeUndefined();
  await cluster.advance(10_000);
  expect(cluster.the("Pod", "web").metadata.deletionTimestamp).toBeDefined();
  expect(cluster.events).toContain("Normal TaintManagerEviction Pod/web: Marking for deletion Pod demo/web");
  const told = cluster.store.list("Event").find(({ reason }) => reason === "TaintManagerEviction");
  expect(told?.source).toEqual({ component: "taint-eviction-controller" });
  expect(cluster.the("Pod", "web").status?.conditions).toContainEqual({
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
    observedGeneration: 1,
    lastTransitionTime: expect.any(String),
  });
});

test("a node that comes back in time keeps its pods", async () => {
  await another();
  await cluster.create(node("node-1"));
  await cluster.create(pod("web", {}, { nodeName: "node-1" }));
  await beatFor("node-1", 10);
  await cluster.advance(200_000);
  expect(taints("node-1")).toEqual(unreachable);
  await beatFor("node-1", 400);
  expect(taints("node-1")).toEqual([]);
  expect(cluster.the("Pod", "web").metadata.deletionTimestamp).toBeUndefined();
  expect(evictions()).toEqual(["Cancelling deletion of Pod demo/web"]);
});

test("where a second taint is not tolerated, the time that ran by the first is stopped, and the pod goes", async () => {
  await another();
  await cluster.create(node("node-1"));
  const tolerations = [
    { key: "slow", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 } as const,
  ];
  await cluster.create(pod("web", {}, { nodeName: "node-1", tolerations }));
  await cluster.create(pod("bare", {}, { nodeName: "node-1" }));
  const taint = (...keys: string[]) =>
    cluster.change("Node", "node-1", given => {
      const kept = given.spec?.taints?.filter(({ key }) => keys.includes(key)) ?? [];
      const added = keys.filter(key => !kept.some(each => each.key === key));
      return {
        ...given,
        spec: { taints: [...kept, ...added.map(key => ({ key, effect: "NoExecute" as const }))] },
      };
    });
  await taint("slow");
  await beatFor("node-1", 20);
  await taint("slow", "other");
  await beatFor("node-1", 5);
  expect(evictions()).toEqual([
    "Marking for deletion Pod demo/bare",
    "Cancelling deletion of Pod demo/web",
    "Marking for deletion Pod demo/web",
  ]);
});

test("a pod that comes to a tainted node later has its whole time there", async () => {
  await another();
  await cluster.create(node("node-1", {}, { taints: [{ key: "work", effect: "NoExecute" }] }));
  await beatFor("node-1", 600);
  const tolerations = [
    { key: "work", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 } as const,
  ];
  await cluster.create(pod("late", {}, { nodeName: "node-1", tolerations }));
  await beatFor("node-1", 50);
  expect(evictions()).toEqual([]);
  await beatFor("node-1", 20);
  expect(evictions()).toEqual(["Marking for deletion Pod demo/late"]);
});

test("a node that never said anything is Unknown too", async () => {
  await cluster.create(node("node-1"));
  await cluster.advance(51_000);
  expect(readiness("node-1")).toMatchObject({ status: "Unknown", reason: "NodeStatusNeverUpdated" });
});

test("nothing is written while a node stays silent", async () => {
  await cluster.create(node("node-1"));
  await cluster.advance(60_000);
  expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);
});

describe("taints by what the node says", () => {
  const notReady = "node.kubernetes.io/not-ready";
  const rows: [string, string | undefined, string[], string[]][] = [
    ["has not spoken, and nothing is due", undefined, [], []],
    ["is ready, and was", "True", [], []],
    ["is ready again", "True", [`${notReady}:NoSchedule`, `${notReady}:NoExecute`], []],
    ["is not ready", "False", [], [`${notReady}:NoSchedule`, `${notReady}:NoExecute`]],
    [
      "is not ready, and was new",
      "False",
      [`${notReady}:NoSchedule`],
      [`${notReady}:NoSchedule`, `${notReady}:NoExecute`],
    ],
    ["went silent", "Unknown", [`${notReady}:NoSchedule`, `${notReady}:NoExecute`], unreachable],
    ["has taints of others", "True", ["gpu:NoSchedule"], ["gpu:NoSchedule"]],
    ["has both", "Unknown", ["gpu:NoSchedule"], ["gpu:NoSchedule", ...unreachable]],
  ];

  test.each(rows)("a node that %s", (_, ready, before, after) => {
    const taints = before.map(text => {
      const [key = "", effect] = text.split(":");
      return { key, effect, ...(effect === "NoExecute" && { timeAdded: "2026-01-01T00:00:00Z" }) } as Taint;
    });
    const conditions = ready ? [{ type: "Ready", status: ready }] : [];
    const found = taintsOf({ spec: { taints }, status: { conditions } } as unknown as Node, 0) ?? [];
    expect(found.map(({ key, effect }) => `${key}:${effect}`)).toEqual(after);
    if (before.join() === after.join()) expect(found).toBe(taints);
  });

  const short = (key: string) => `node.kubernetes.io/${key}:NoSchedule`;
  test.each<[string, object, object[], string[], string[]]>([
    ["is cordoned", { unschedulable: true }, [], [], [short("unschedulable")]],
    ["is cordoned, and was", { unschedulable: true }, [], [short("unschedulable")], [short("unschedulable")]],
    ["is uncordoned", {}, [], [short("unschedulable"), "gpu:NoSchedule"], ["gpu:NoSchedule"]],
    ...[
      ["MemoryPressure", "memory-pressure"],
      ["DiskPressure", "disk-pressure"],
      ["PIDPressure", "pid-pressure"],
      ["NetworkUnavailable", "network-unavailable"],
    ].flatMap(([type, key = ""]): [string, object, object[], string[], string[]][] => [
      [`says ${type}`, {}, [{ type, status: "True" }], [], [short(key)]],
      [`says ${type} no more`, {}, [{ type, status: "False" }], [short(key)], []],
      [`is silent about ${type}`, {}, [{ type, status: "Unknown" }], [short(key)], []],
    ]),
    // With this effect it is another's.
    [
      "has one of a user",
      {},
      [],
      ["node.kubernetes.io/disk-pressure:PreferNoSchedule"],
      ["node.kubernetes.io/disk-pressure:PreferNoSchedule"],
    ],
  ])("a node that %s keeps new pods away while it does", (_, spec, said, before, after) => {
    const taints = before.map(text => {
      const [key = "", effect] = text.split(":");
      return { key, effect } as Taint;
    });
    const conditions = [{ type: "Ready", status: "True" }, ...said];
    const given = { spec: { ...spec, taints }, status: { conditions } } as unknown as Node;
    const found = taintsOf(given, Date.UTC(2026, 0, 1)) ?? [];
    expect(found.map(({ key, effect }) => `${key}:${effect}`)).toEqual(after);
    for (const taint of found)
      if (!before.includes(`${taint.key}:${taint.effect}`))
        expect(taint.timeAdded).toBe("2026-01-01T00:00:00Z");
  });

  test("a taint that drives pods away gets the time from which tolerationSeconds are counted", () => {
    const taints: Taint[] = [{ key: "fire", effect: "NoExecute" }];
    const [taint] = taintsOf({ spec: { taints } } as unknown as Node, Date.UTC(2026, 0, 1)) ?? [];
    expect(taint).toEqual({ key: "fire", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" });
  });
});

describe("tolerationSeconds", () => {
  const since = { effect: "NoExecute", timeAdded: "1970-01-01T00:00:00Z" } as const;
  const down: Taint = { key: "node.kubernetes.io/unreachable", ...since };
  const fire: Taint = { key: "fire", ...since };
  const exists = (key: string, tolerationSeconds?: number): Toleration => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds,
  });
  const rows: [string, Taint, Toleration[], number][] = [
    ["a node that is down, where the pod does not tolerate that", down, [], 0],
    ["a node that is down, as the pod says", down, [exists(down.key, 5)], 5],
    ["a node that is down, for ever", down, [exists(down.key)], Number.POSITIVE_INFINITY],
    ["another taint, by default", fire, [], 0],
    ["another taint, as the pod says", fire, [exists("fire", 60)], 60],
    ["the first of several", fire, [exists("fire", 60), exists("fire", 7)], 60],
    ["a taint that another toleration is about", fire, [exists("water")], 0],
  ];

  test.each(rows)("%s", (_, taint, tolerations, seconds) => {
    const metadata = { creationTimestamp: since.timeAdded };
    expect(patienceEnds({ metadata, spec: { tolerations } } as unknown as Pod, taint)).toBe(seconds * 1_000);
  });

  test("of a pod that came after the taint they count from when it came: given its node, not created", () => {
    const conditions = [{ type: "PodScheduled", status: "True", lastTransitionTime: "1970-01-01T00:02:00Z" }];
    const pod = {
      metadata: { creationTimestamp: "1970-01-01T00:01:00Z" },
      spec: { tolerations: [exists("fire", 5)] },
    } as unknown as Pod;
    expect(patienceEnds(pod, fire)).toBe(65_000);
    expect(patienceEnds({ ...pod, status: { conditions } } as unknown as Pod, fire)).toBe(125_000);
  });
});

describe("where nodes fall silent together", () => {
  const names = ["node-1", "node-2", "node-3", "node-4"];
  const driven = () =>
    names.filter(name => taints(name).some(taint => taint.endsWith("unreachable:NoExecute")));
  const silent = () => names.filter(name => readiness(name)?.status === "Unknown");

  async function nodes(labelsOf: (name: string) => Record<string, string> = () => ({})): Promise<void> {
    for (const name of names) {
      await cluster.create({ ...node(name), metadata: { name, labels: labelsOf(name) } });
      await cluster.create(pod(`on-${name}`, {}, { nodeName: name }));
    }
    for (const name of names) await beat(name);
    await cluster.settle();
  }

  test("all of them, no pod is driven off", async () => {
    await nodes();
    await cluster.advance(1_000_000);
    expect(silent()).toEqual(names);
    expect(taints("node-1")).toEqual(["node.kubernetes.io/unreachable:NoSchedule"]);
    expect(cluster.store.list("Pod").filter(({ metadata }) => metadata.deletionTimestamp)).toEqual([]);
  });

  test("and the last ones too, those are spared that were to be driven off", async () => {
    await nodes();
    const last = ["node-3", "node-4"];
    await cluster.advance(45_000);
    for (const name of last) await beat(name);
    await cluster.advance(20_000);
    expect(driven()).not.toEqual([]);
    await cluster.advance(60_000);
    expect(silent()).toEqual(names);
    expect(driven()).toEqual([]);
  });

  test("hundreds of them, all nodes are counted a few times a second, not for each", async () => {
    await another();
    for (let i = 0; i < 100; i++) await cluster.create(node(`many-${i}`));
    await cluster.advance(60_000);
    const { store } = cluster;
    const list = store.list.bind(store);
    let looks = 0;
    vi.spyOn(store, "list").mockImplementation((kind, options) => {
      if (kind === "Node") looks++;
      return list(kind, options);
    });
    await cluster.advance(10_000);
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThan(100);
  });

  test.each(["at once", "after a moment"])(
    "a zone of them, one is given up every ten seconds, where writes are there %s",
    async when => {
      if (when === "after a moment") await overSlowStore();
      const zone = "topology.kubernetes.io/zone";
      await another("node-9", { [zone]: "b" });
      await nodes(() => ({ [zone]: "a" }));
      await cluster.advance(52_000);
      expect(silent()).toEqual(names);
      expect(driven()).toHaveLength(1);
      await cluster.advance(12_000);
      expect(driven()).toHaveLength(2);
      await cluster.advance(25_000);
      expect(driven()).toHaveLength(4);
    },
  );

  test("most of a small zone, none is given up", async () => {
    await another();
    await nodes();
    await cluster.advance(300_000);
    expect(silent()).toEqual(names);
    expect(driven()).toEqual([]);
  });

  test("their pods are not ready any more, whatever becomes of them", async () => {
    await another();
    await nodes();
    const conditions = [{ type: "Ready", status: "True" as const }];
    await cluster.reportPod("on-node-1", { phase: "Running", conditions });
    await cluster.advance(60_000);
    expect(cluster.the("Pod", "on-node-1").status?.conditions).toMatchObject([
      { type: "Ready", status: "False" },
    ]);
    expect(cluster.events).toContain("Warning NodeNotReady Pod/on-node-1: Node is not ready");
  });
});

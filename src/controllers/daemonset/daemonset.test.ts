import { afterEach, beforeEach, expect, test } from "vitest";
import { node, TestCluster } from "../../loop/test-cluster.ts";
import type { DaemonSet, DaemonSetSpec, Draft } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { TestPods } from "../test-pods.ts";
import { daemonset } from "./daemonset.ts";
import { nodeOf } from "./pods.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(daemonset(), garbageCollection);
  pods = new TestPods(cluster);
  for (const name of ["node-1", "node-2", "node-3"]) await cluster.create(node(name));
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const template = (image: string, nodeSelector?: Record<string, string>) => ({
  metadata: { labels: { app: "agent" } },
  spec: { containers: [{ name: "app", image }], ...(nodeSelector && { nodeSelector }) },
});

async function apply(spec: Partial<DaemonSetSpec> = {}): Promise<void> {
  const whole = { selector: { matchLabels: { app: "agent" } }, template: template("agent:v1"), ...spec };
  const metadata = { name: "agent", namespace: "demo" };
  await cluster.create({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: whole,
  } as Draft<DaemonSet>);
  await cluster.settle();
}

const the = () => cluster.the("DaemonSet", "agent");
/** The nodes that its pods insist on. */
const places = () =>
  pods.alive
    .map(({ spec }) => {
      const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
    })
    .sort();

/** Puts each pod on its node, ready. */
async function follow(): Promise<void> {
  for (let before = -1; before !== cluster.store.revision; ) {
    before = cluster.store.revision;
    await pods.stop();
    for (const pod of pods.alive.filter(({ spec }) => !spec.nodeName)) {
      const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      await pods.bind(pod, required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]);
      await pods.ready(pod.metadata.name);
    }
    await cluster.settle();
  }
}

test("has a pod on each node, and follows nodes that come and go", async () => {
  await apply();
  expect(places()).toEqual(["node-1", "node-2", "node-3"]);
  await follow();
  expect(the().status).toMatchObject({ desiredNumberScheduled: 3, numberReady: 3, numberAvailable: 3 });
  await cluster.create(node("node-4"));
  await cluster.settle();
  expect(places()).toHaveLength(4);
  await cluster.delete("Node", "node-4");
  await cluster.settle();
  await follow();
  expect(the().status).toMatchObject({ desiredNumberScheduled: 3, currentNumberScheduled: 3 });
  expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBeLessThan(20);
  expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBe(0);
});

test("leaves nodes alone that its template does not suit, or whose taint it does not bear", async () => {
  await cluster.create({ ...node("big"), metadata: { name: "big", labels: { size: "big" } } });
  const taints = [{ key: "mine", effect: "NoSchedule" as const }];
  await cluster.create({
    ...node("mine", {}, { taints }),
    metadata: { name: "mine", labels: { size: "big" } },
  });
  await apply({ template: template("agent:v1", { size: "big" }) });
  expect(places()).toEqual(["big"]);
});

test("rolls a template out node by node", async () => {
  await apply();
  await follow();
  await cluster.change("DaemonSet", "agent", object => ({
    ...object,
    spec: { ...object.spec, template: template("agent:v2") },
  }));
  await cluster.settle();
  expect(pods.going).toHaveLength(1);
  await follow();
  expect(pods.alive.map(({ spec }) => spec.containers[0]?.image)).toEqual([
    "agent:v2",
    "agent:v2",
    "agent:v2",
  ]);
  expect(the().status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
  expect(
    cluster.store
      .list("ControllerRevision")
      .map(({ revision }) => revision)
      .sort(),
  ).toEqual([1, 2]);
});

async function change(spec: Partial<DaemonSetSpec>): Promise<void> {
  await cluster.change("DaemonSet", "agent", object => ({ ...object, spec: { ...object.spec, ...spec } }));
  await cluster.settle();
}

const images = () => pods.alive.map(({ spec }) => spec.containers[0]?.image).sort();
/** Puts the pods that have no node on theirs; they are not ready. */
async function place(): Promise<void> {
  for (const pod of pods.alive.filter(({ spec }) => !spec.nodeName)) await pods.bind(pod, nodeOf(pod));
  await cluster.settle();
}

test("with OnDelete replaces a pod when it is deleted, and counts what is new", async () => {
  await apply({ updateStrategy: { type: "OnDelete" } });
  await follow();
  await change({ template: template("agent:v2") });
  expect(pods.going).toEqual([]);
  expect(the().status?.updatedNumberScheduled).toBeUndefined();
  await cluster.delete("Pod", pods.alive[0]?.metadata.name ?? "");
  await follow();
  expect(images()).toEqual(["agent:v1", "agent:v1", "agent:v2"]);
  expect(the().status).toMatchObject({ updatedNumberScheduled: 1, numberAvailable: 3 });
});

test("with maxSurge a new pod comes beside the old one, which goes when the new one has been ready long enough", async () => {
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  await apply({ updateStrategy: { type: "RollingUpdate", rollingUpdate }, minReadySeconds: 10 });
  await follow();
  await cluster.advance(11_000);
  await change({ template: template("agent:v2") });
  expect(images()).toEqual(["agent:v1", "agent:v1", "agent:v1", "agent:v2"]);
  await follow();
  await cluster.advance(8_000);
  expect(pods.going).toEqual([]);
  expect(images()).toHaveLength(4);
  expect(the().status).toMatchObject({ numberAvailable: 3, currentNumberScheduled: 3 });
  for (let i = 0; i < 3; i++) {
    await cluster.advance(12_000);
    await follow();
  }
  await cluster.advance(12_000);
  await follow();
  expect(images()).toEqual(["agent:v2", "agent:v2", "agent:v2"]);
});

test("a broken new template stops the roll-out at as many as may be missing", async () => {
  await apply({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "50%" } } });
  await follow();
  await change({ template: template("agent:broken") });
  await pods.stop();
  await place();
  await cluster.advance(5_000);
  expect(images()).toEqual(["agent:broken", "agent:broken", "agent:v1"]);
  // Undone: what is broken goes at once.
  await change({ template: template("agent:v1") });
  await follow();
  expect(images()).toEqual(["agent:v1", "agent:v1", "agent:v1"]);
  const revisions = cluster.store.list("ControllerRevision").map(({ revision }) => revision);
  expect(revisions.sort()).toEqual([2, 3]);
});

test("a pod stays on a node that is tainted with NoSchedule, misscheduled, and leaves one with NoExecute", async () => {
  await apply();
  await follow();
  const taint = (effect: "NoSchedule" | "NoExecute") =>
    cluster.change("Node", "node-1", object => ({ ...object, spec: { taints: [{ key: "mine", effect }] } }));
  await taint("NoSchedule");
  await cluster.settle();
  expect(the().status).toMatchObject({ numberMisscheduled: 1, desiredNumberScheduled: 2 });
  await taint("NoExecute");
  await cluster.settle();
  await follow();
  expect(places()).toEqual(["node-2", "node-3"]);
});

test("a pod that failed is told of, and replaced", async () => {
  await apply();
  await follow();
  const [failed] = pods.alive;
  await pods.end("Failed", 1, [failed?.metadata.name ?? ""]);
  await follow();
  await cluster.advance(1_000);
  expect(places()).toHaveLength(3);
  const what = `Found failed daemon pod demo/${failed?.metadata.name} on node ${failed?.spec.nodeName}`;
  expect(cluster.events).toContain(`Warning FailedDaemonPod DaemonSet/agent: ${what}, will try to kill it`);
});

test("pods that keep failing on one node are replaced later each time", async () => {
  await apply();
  await follow();
  const { nodeName } = pods.alive[0]?.spec ?? {};
  const there = () => pods.alive.find(({ spec }) => spec.nodeName === nodeName)?.metadata.name ?? "";
  // Counted from the last one that was let go.
  for (const kept of [0, 1_000, 2_000, 4_000]) {
    await follow();
    const failed = there();
    await pods.end("Failed", 1, [failed]);
    if (kept > 0) {
      await cluster.advance(kept - 500);
      expect(there()).toBe(failed);
      await cluster.advance(500);
    }
    expect(there()).not.toBe(failed);
  }
});

test("a pod insists on its node, whatever its template asks of nodes, and bears what nodes suffer", async () => {
  await cluster.create({ ...node("big"), metadata: { name: "big", labels: { size: "big" } } });
  const nodeSelectorTerms = [
    { matchExpressions: [{ key: "size", operator: "In" as const, values: ["big"] }] },
  ];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
  const { metadata, spec } = template("agent:v1");
  await apply({ template: { metadata, spec: { ...spec, affinity, hostNetwork: true } } });
  expect(places()).toEqual(["big"]);
  const [pod] = pods.alive;
  const required = pod?.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  expect(required?.nodeSelectorTerms).toEqual([
    { matchFields: [{ key: "metadata.name", operator: "In", values: ["big"] }] },
  ]);
  expect(pod?.spec.tolerations?.map(({ key }) => key)).toEqual([
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable",
  ]);
});

test("a revision whose name is taken gets another", async () => {
  const { metadata, spec } = template("agent:v1");
  await apply({ template: { metadata, spec } });
  const [revision] = cluster.store.list("ControllerRevision");
  await cluster.delete("DaemonSet", "agent", { propagationPolicy: "Orphan" });
  await cluster.advance(1_000);
  if (!revision) throw new Error("there is no revision");
  const { resourceVersion: _, uid: __, ownerReferences: ___, ...its } = revision.metadata;
  await cluster.delete("ControllerRevision", its.name);
  const other = { ...revision, metadata: { ...its, labels: {} }, data: { spec: {} } };
  await cluster.create(other);
  await apply({ template: { metadata, spec } });
  expect(the().status).toMatchObject({ collisionCount: 1 });
  expect(cluster.store.list("ControllerRevision")).toHaveLength(2);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import type { AdmissionPlugin } from "../../admission/index.ts";
import type { ApiError } from "../../errors/index.ts";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import type { Node, Pod } from "../../resources/index.ts";
import { Cluster } from "../cluster.ts";

let clock: VirtualClock;
let cluster: Cluster;
/** What happens when a pod is to be evicted, before it is. */
let evicting: (name: string) => Promise<void> | void;

beforeEach(async () => {
  clock = new VirtualClock();
  evicting = () => {};
  const asks: AdmissionPlugin = {
    name: "Asks",
    on: [{ operations: ["CREATE"], kinds: ["Pod"], subresources: ["eviction"] }],
    validate: (_, { name }) => evicting(name),
  };
  const admission = { plugins: [asks] };
  cluster = new Cluster({ clock, random: seededRandom(1), runtime: "hollow", nodes: 2, admission });
  await during(cluster.start());
});

afterEach(() => cluster.stop());

/** Waits for what is under way, with all that follows at once. */
async function during<T>(work: Promise<T>): Promise<T> {
  await clock.settle();
  return work;
}

async function apply(kind: "Deployment" | "DaemonSet" | "StatefulSet", replicas?: number): Promise<void> {
  const labels = { app: kind.toLowerCase() };
  const annotations = { "k4s.dev/hollow-start-after": "2s" };
  const spec = { containers: [{ name: "main", image: "web" }] };
  await during(
    cluster.apply({
      apiVersion: "apps/v1",
      kind,
      metadata: { name: labels.app },
      spec: {
        ...(replicas !== undefined && { replicas }),
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations }, spec },
      },
    }),
  );
  await clock.advance(10_000);
}

async function budget(minAvailable: number): Promise<void> {
  const selector = { matchLabels: { app: "deployment" } };
  const metadata = { name: "web" };
  const spec = { minAvailable, selector };
  await during(cluster.apply({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec }));
  await clock.advance(1_000);
}

async function lone(more: object = {}): Promise<void> {
  const spec = { ...more, nodeName: "node-0", containers: [{ name: "main", image: "web" }] };
  await during(cluster.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "lone" }, spec }));
  await clock.advance(1_000);
}

const on = async (node: string) =>
  ((await cluster.list("Pod", { fieldSelector: `spec.nodeName=${node}` })) as Pod[]).map(
    ({ metadata }) => metadata.labels?.app ?? metadata.name,
  );
const isCordoned = async () => ((await cluster.get("Node", "node-0")) as Node).spec?.unschedulable ?? false;
const fault = (work: Promise<unknown>) => work.catch(error => error);

test("a node that is drained keeps the pods of DaemonSets, and a budget is kept all the time", async () => {
  await apply("Deployment", 4);
  await apply("DaemonSet");
  await budget(3);
  const available: number[] = [];
  const drained = cluster.nodes.drain("node-0");
  for (let i = 0; i < 20; i++) {
    await clock.advance(1_000);
    const pods = (await cluster.list("Pod", { labelSelector: "app=deployment" })) as Pod[];
    available.push(
      pods.filter(
        ({ metadata, status }) =>
          !metadata.deletionTimestamp &&
          status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
      ).length,
    );
  }
  await drained;
  expect(Math.min(...available)).toBe(3);
  expect(await on("node-0")).toEqual(["daemonset"]);
  expect(await on("node-1")).toHaveLength(5);
  expect(await isCordoned()).toBe(true);
  await during(cluster.nodes.uncordon("node-0"));
  expect(await isCordoned()).toBe(false);
  await during(cluster.nodes.cordon("node-0"));
  expect(await isCordoned()).toBe(true);
});

test("a pod of a StatefulSet that comes back under its name elsewhere is left alone", async () => {
  await apply("StatefulSet", 2);
  const drained = cluster.nodes.drain("node-0");
  await clock.advance(10_000);
  await drained;
  expect(await on("node-1")).toHaveLength(2);
});

test("a pod without a controller is only drained by force; before that the node is cordoned, as by kubectl, and no pod is asked", async () => {
  await apply("Deployment", 2);
  await lone();
  expect(await fault(cluster.nodes.drain("node-0"))).toMatchObject({
    reason: "BadRequest",
    message: expect.stringContaining("default/lone"),
  });
  expect(await isCordoned()).toBe(true);
  expect(await on("node-0")).toContain("lone");
  const drained = cluster.nodes.drain("node-0", { force: true, gracePeriodSeconds: 1 });
  await clock.advance(10_000);
  await drained;
  expect(await on("node-0")).toEqual([]);
});

test("a pod that keeps data in an emptyDir is only drained where that is said", async () => {
  await lone({ volumes: [{ name: "cache", emptyDir: {} }] });
  expect(await fault(cluster.nodes.drain("node-0", { force: true }))).toMatchObject({
    reason: "BadRequest",
    message: "cannot delete Pods with local storage (use deleteEmptyDirData: true to override): default/lone",
  });
  expect(await fault(cluster.nodes.drain("node-0"))).toMatchObject({
    message: expect.stringMatching(
      /local storage .*default\/lone; cannot delete .* no controller .*default\/lone/,
    ),
  });
  const drained = cluster.nodes.drain("node-0", { force: true, deleteEmptyDirData: true });
  await clock.advance(10_000);
  await drained;
  expect(await on("node-0")).toEqual([]);
});

test("a pod that goes by itself while it is being evicted is gone, too", async () => {
  await apply("Deployment", 2);
  evicting = async name => {
    await cluster.delete("Pod", name, { gracePeriodSeconds: 0 });
  };
  const drained = cluster.nodes.drain("node-0");
  await clock.advance(10_000);
  await drained;
  expect(await on("node-0")).toEqual([]);
});

test("nothing is evicted after a drain has failed, and it has failed when nothing is", async () => {
  await apply("Deployment", 4);
  await budget(4);
  await lone();
  const asked: string[] = [];
  evicting = name => {
    asked.push(name);
    if (name === "lone") throw new Error("not this one");
  };
  const drained = fault(cluster.nodes.drain("node-0", { force: true }));
  await clock.advance(1_000);
  expect(await drained).toMatchObject({ message: expect.stringContaining("not this one") });
  const { length } = asked;
  expect(length).toBeGreaterThan(1);
  await during(cluster.delete("PodDisruptionBudget", "web"));
  await clock.advance(10_000);
  expect(asked).toHaveLength(length);
  expect(await on("node-0")).toHaveLength(3);
});

test("what a budget holds for too long is told", async () => {
  await apply("Deployment", 2);
  await budget(2);
  const drained = fault(cluster.nodes.drain("node-0", { timeoutMs: 5_000 }));
  await clock.advance(10_000);
  expect(await drained).toMatchObject({
    reason: "Timeout",
    message: expect.stringMatching(
      /^error when evicting pods\/"deployment-[^"]*" -n "default": global timeout reached: 5s: The disruption budget web needs 2 healthy pods and has 2 currently$/,
    ),
    cause: { reason: "TooManyRequests" },
  });
});

test("pods of DaemonSets refuse a drain that is not to ignore them", async () => {
  await apply("DaemonSet");
  expect(await fault(cluster.nodes.drain("node-0", { ignoreDaemonSets: false }))).toMatchObject({
    message: expect.stringMatching(
      /^cannot delete DaemonSet-managed Pods \(use ignoreDaemonSets: true to ignore\): default\/daemonset-/,
    ),
  });
  expect(await isCordoned()).toBe(true);
});

test("a drain without evictions asks no budget, and one with a selector leaves the other pods", async () => {
  await apply("Deployment", 2);
  await apply("StatefulSet", 2);
  await budget(2);
  const asked: string[] = [];
  evicting = name => void asked.push(name);
  const drained = cluster.nodes.drain("node-0", { disableEviction: true, podSelector: "app=deployment" });
  await clock.advance(10_000);
  await drained;
  expect(asked).toEqual([]);
  expect(await on("node-0")).toEqual(["statefulset"]);
});

test("a pod that does not end in time is told", async () => {
  await apply("Deployment", 2);
  evicting = async name => {
    await cluster.patch("Pod", name, { metadata: { finalizers: ["example.com/held"] } });
  };
  const drained = fault(cluster.nodes.drain("node-0", { timeoutMs: 5_000 }));
  await clock.advance(10_000);
  expect(await drained).toMatchObject({
    reason: "Timeout",
    message: expect.stringMatching(
      /^error when waiting for pod "deployment-.*" in namespace "default" to terminate: global timeout reached: 5s: its finalizers hold it: example.com\/held$/,
    ),
  });
});

test("of several pods that do not end in time each is told, with what it waits for", async () => {
  const spec = { nodeName: "node-0", containers: [{ name: "main", image: "web" }] };
  const held = { name: "held", finalizers: ["example.com/a", "example.com/b"] };
  const slow = { name: "slow", annotations: { "k4s.dev/hollow-stop-after": "1h" } };
  const pods = [held, slow].map(metadata => ({ apiVersion: "v1", kind: "Pod", metadata, spec }));
  await during(cluster.apply(pods));
  await clock.advance(1_000);
  const drained = fault(cluster.nodes.drain("node-0", { force: true, timeoutMs: 5_000 }));
  await clock.advance(10_000);
  const { reason, message } = (await drained) as ApiError;
  expect(reason).toBe("Timeout");
  const told = (name: string) =>
    `error when waiting for pod "${name}" in namespace "default" to terminate: global timeout reached: 5s`;
  expect(message).toMatch(
    new RegExp(
      `^\\[${told("held")}: its finalizers hold it: example.com/a, example.com/b, ${told("slow")}: it has until .*Z to end\\]$`,
    ),
  );
});

test("a drain can be given up, and a node that is not there is NotFound", async () => {
  await apply("Deployment", 2);
  await budget(2);
  const giving = new AbortController();
  const drained = fault(cluster.nodes.drain("node-0", { signal: giving.signal }));
  await clock.advance(3_000);
  giving.abort(new Error("enough"));
  await clock.advance(2_000);
  expect(await drained).toMatchObject({ message: "enough" });
  expect(await during(fault(cluster.nodes.drain("none")))).toMatchObject({ reason: "NotFound" });
  expect(await during(fault(cluster.nodes.cordon("none")))).toMatchObject({ reason: "NotFound" });
});

test("a single pod is evicted where no budget forbids it", async () => {
  await lone();
  await during(cluster.evict("Pod/lone", { gracePeriodSeconds: 0 }));
  expect(await cluster.get("Pod", "lone")).toBeUndefined();
  await apply("Deployment", 1);
  await budget(1);
  const [pod] = (await cluster.list("Pod")) as Pod[];
  expect(await during(fault(cluster.evict(`Pod/${pod?.metadata.name}`)))).toMatchObject({
    reason: "TooManyRequests",
  });
  expect(await during(fault(cluster.evict("Pod/none")))).toMatchObject({ reason: "NotFound" });
  expect(await fault(cluster.evict("Deployment/web"))).toMatchObject({ reason: "BadRequest" });
});

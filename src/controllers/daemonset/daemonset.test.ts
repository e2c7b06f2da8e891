import { afterEach, beforeEach, expect, test } from "vitest";
import { node, TestCluster } from "../../loop/test-cluster.ts";
import type { DaemonSet, DaemonSetSpec, Draft } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { TestPods } from "../test-pods.ts";
import { daemonset } from "./daemonset.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(daemonset, garbageCollection);
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

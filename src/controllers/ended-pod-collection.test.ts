import { afterEach, expect, test } from "vitest";
import { author, pod, TestCluster } from "../loop/test-cluster.ts";
import { endedPodCollection } from "./ended-pod-collection.ts";

let cluster: TestCluster;

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

test("of pods that have ended the evicted ones go first, then the oldest; those that run are not counted", async () => {
  cluster = await TestCluster.of(endedPodCollection(2));
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
  for (const [name, status] of [
    ["oldest", { phase: "Succeeded" }],
    ["runs", { phase: "Running" }],
    ["older", { phase: "Failed" }],
    ["evicted", { phase: "Failed", reason: "Evicted" }],
    ["newest", { phase: "Succeeded" }],
  ] as const) {
    await cluster.create(pod(name, {}, { nodeName: "node-1" }));
    await cluster.reportPod(name, status);
    await cluster.advance(1_000);
  }
  await cluster.advance(25_000);
  expect(cluster.names("Pod").sort()).toEqual(["newest", "older", "runs"]);
  expect(await cluster.writesDuring(() => cluster.advance(60_000))).toBe(0);
});

test("a pod without a node that was to go at once, and was left behind by who asked for that, goes", async () => {
  cluster = await TestCluster.of(endedPodCollection());
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
  const left = await cluster.create(pod("left"));
  const metadata = {
    ...left.metadata,
    deletionTimestamp: "2026-01-01T00:00:00Z",
    deletionGracePeriodSeconds: 0,
  };
  await cluster.store.replace(
    { kind: "Pod", namespace: "demo", name: "left" },
    left,
    { ...left, metadata },
    author,
  );
  await cluster.advance(25_000);
  expect(cluster.names("Pod")).toEqual([]);
});

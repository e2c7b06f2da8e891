import { afterEach, expect, test } from "vitest";
import { pod, TestCluster } from "../loop/test-cluster.ts";
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

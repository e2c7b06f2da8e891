import { expect, test } from "vitest";
import { pod, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft, ReplicationController } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { TestPods } from "../test-pods.ts";
import { replicationController } from "./replication-controller.ts";

const labels = { app: "old" };

test("a ReplicationController keeps its pods, takes in others, tells how many, and leaves the rest alone", async () => {
  const cluster = await TestCluster.of(replicationController, garbageCollection);
  const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "echo" }] } };
  const metadata = { name: "old", namespace: "demo" };
  await cluster.create({
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata,
    spec: { replicas: 2, selector: labels, template },
  } as Draft<ReplicationController>);
  await cluster.create(pod("stray", { labels: { app: "new" } }));
  await cluster.settle();
  const pods = new TestPods(cluster);
  await pods.start();
  const kept = () => cluster.store.list("Pod").filter(({ metadata }) => metadata.labels?.app === "old");
  expect(kept()).toHaveLength(2);
  for (const { metadata } of kept()) {
    expect(metadata.name).toMatch(/^old-\w{5}$/);
    expect(metadata.ownerReferences).toMatchObject([{ kind: "ReplicationController", controller: true }]);
  }
  const { status } = cluster.the("ReplicationController", "old");
  expect(status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
  await cluster.advance(1_000);
  expect(cluster.events[0]).toMatch(/^Normal SuccessfulCreate ReplicationController\/old: Created pod: old-/);
  await cluster.create(pod("joins", { labels }));
  await cluster.change("ReplicationController", "old", set => ({
    ...set,
    spec: { ...set.spec, replicas: 3 },
  }));
  await cluster.settle();
  expect(cluster.the("Pod", "joins").metadata.ownerReferences).toMatchObject([{ name: "old" }]);
  expect(kept()).toHaveLength(3);
  await cluster.delete("ReplicationController", "old");
  await cluster.settle();
  expect(kept().every(({ metadata }) => metadata.deletionTimestamp)).toBe(true);
  expect(cluster.get("Pod", "stray")).toBeDefined();
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

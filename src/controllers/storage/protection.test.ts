import { expect, test } from "vitest";
import { pod, TestCluster } from "../../loop/test-cluster.ts";
import type { VolumeAttributesClass } from "../../resources/index.ts";
import { attributesClassProtection, claimProtection, volumeProtection } from "./protection.ts";

test("a claim that a pod on a node uses goes when the pod has ended, a volume when it is not bound", async () => {
  const cluster = await TestCluster.of(claimProtection, volumeProtection);
  const storage = { storage: "1Gi" };
  const accessModes = ["ReadWriteOnce"];
  await cluster.create({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "demo" },
    spec: { accessModes, resources: { requests: storage } },
  });
  await cluster.create({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "disk" },
    spec: { accessModes, capacity: storage, hostPath: { path: "/data" } },
  });
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  await cluster.create(pod("user", {}, { nodeName: "node-1", volumes }));
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.delete("PersistentVolume", "disk");
  await cluster.advance(2_000);
  expect(cluster.get("PersistentVolumeClaim", "data")?.metadata.deletionTimestamp).toBeDefined();
  expect(cluster.store.get("PersistentVolume", "", "disk")).toBeUndefined();
  await cluster.reportPod("user", { phase: "Succeeded" });
  await cluster.advance(100);
  expect(cluster.get("PersistentVolumeClaim", "data")).toBeUndefined();
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

test("a class of attributes goes when no claim and no volume names it any more", async () => {
  const cluster = await TestCluster.of(attributesClassProtection);
  for (const name of ["silver", "gold"])
    await cluster.create<VolumeAttributesClass>({
      apiVersion: "storage.k8s.io/v1",
      kind: "VolumeAttributesClass",
      metadata: { name },
      driverName: "disks.example.com",
      parameters: { iops: "1" },
    });
  await cluster.create({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "demo" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      volumeAttributesClassName: "silver",
    },
  });
  await cluster.delete("VolumeAttributesClass", "gold");
  await cluster.delete("VolumeAttributesClass", "silver");
  await cluster.advance(100);
  const left = () => cluster.store.list("VolumeAttributesClass").map(({ metadata }) => metadata.name);
  expect(left()).toEqual(["silver"]);
  await cluster.change("PersistentVolumeClaim", "data", claim => ({
    ...claim,
    metadata: { ...claim.metadata, finalizers: [] },
  }));
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.advance(100);
  expect(left()).toEqual([]);
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

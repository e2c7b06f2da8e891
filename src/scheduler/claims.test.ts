import { afterEach, beforeEach, expect, test } from "vitest";
import { author, node, pod, TestCluster } from "../loop/test-cluster.ts";
import type { Draft, PersistentVolumeClaim } from "../resources/index.ts";
import { Scheduler } from "./scheduler.ts";

let cluster: TestCluster;
let scheduler: Scheduler;

beforeEach(async () => {
  cluster = await TestCluster.of();
  scheduler = new Scheduler(cluster.store);
  scheduler.start();
  cluster.run(scheduler.controller);
  for (const name of ["node-1", "node-2"]) await cluster.create(node(name));
});

afterEach(async () => {
  await cluster.stop();
  scheduler.stop();
  expect(cluster.failures).toEqual([]);
});

const accessModes = ["ReadWriteOnce"];
const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];

function claim(spec: object = {}): Draft {
  const resources = { requests: { storage: "1Gi" } };
  const given = { accessModes, resources, ...spec };
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "demo" },
    spec: given,
  };
}

/** A volume that only node-2 has. */
const local: Draft = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "pv" },
  spec: {
    accessModes,
    capacity: { storage: "1Gi" },
    local: { path: "/data" },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node-2"] }] },
        ],
      },
    },
  },
};

async function bound(status: PersistentVolumeClaim["status"] = { phase: "Bound" }): Promise<void> {
  const options = { author, subresource: "status" };
  const change = (claim: PersistentVolumeClaim) => ({ ...claim, status });
  await cluster.registry.modify("PersistentVolumeClaim", "demo", "data", change, options);
  await cluster.settle();
}

function why(name = "p"): string | undefined {
  return cluster.the("Pod", name).status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;
}

const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "db", controller: true };

test("a pod waits until its claim is there and bound, and goes where the volume can be had", async () => {
  for (const name of ["p", "q"]) await cluster.create(pod(name, { ownerReferences: [owner] }, { volumes }));
  await cluster.settle();
  expect(why()).toBe('0/2 nodes are available: persistentvolumeclaim "data" not found. not found');

  await cluster.create(local);
  await cluster.create(claim({ volumeName: "pv" }));
  await cluster.settle();
  expect(why()).toBe("0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found");

  await bound();
  for (const name of ["p", "q"]) expect(cluster.the("Pod", name).spec.nodeName).toBe("node-2");
});

test.each<[what: string, spec: object, reason: string]>([
  [
    "the volume is on another node",
    { nodeSelector: { "kubernetes.io/hostname": "node-1" } },
    "1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) didn't match Pod's node affinity/selector. no new",
  ],
  [
    "a claim of its own is still to be made",
    { volumes: [{ name: "v", ephemeral: { volumeClaimTemplate: { spec: claim().spec } } }] },
    'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v". not found',
  ],
])("a pod is told why it waits: %s", async (_, spec, reason) => {
  await cluster.create(local);
  await cluster.create(claim({ volumeName: "pv" }));
  await bound();
  await cluster.create(pod("p", {}, { volumes, ...spec }));
  await cluster.settle();
  expect(why()).toContain(`0/2 nodes are available: ${reason}`);
});

test("a claim that has lost its volume, or waits for its first pod, keeps a pod waiting", async () => {
  const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "late" } };
  const late = { provisioner: "kubernetes.io/no-provisioner", volumeBindingMode: "WaitForFirstConsumer" };
  await cluster.create({ ...storageClass, ...late } as Draft);
  await cluster.create(claim({ storageClassName: "late" }));
  await cluster.create(pod("p", {}, { volumes }));
  await cluster.settle();
  expect(why()).toContain("2 node(s) didn't find available persistent volumes to bind. no new claims");
  await bound({ phase: "Lost" });
  expect(why()).toContain('persistentvolumeclaim "data" bound to non-existent persistentvolume');
});

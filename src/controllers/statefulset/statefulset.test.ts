import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { Draft, StatefulSet, StatefulSetSpec } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { claimProtection } from "../storage/index.ts";
import { TestPods } from "../test-pods.ts";
import { planPods } from "./pods.ts";
import { statefulset } from "./statefulset.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(statefulset, garbageCollection);
  pods = new TestPods(cluster);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const template = (image: string) => ({
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "app", image }] },
});

async function apply(spec: Partial<StatefulSetSpec> = {}): Promise<void> {
  const whole = {
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    template: template("db:v1"),
    ...spec,
  };
  const metadata = { name: "db", namespace: "demo" };
  await cluster.create({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: whole,
  } as Draft<StatefulSet>);
  await cluster.settle();
}

async function change(spec: Partial<StatefulSetSpec>): Promise<void> {
  await cluster.change("StatefulSet", "db", object => ({ ...object, spec: { ...object.spec, ...spec } }));
  await cluster.settle();
}

const dataClaims = [
  {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
] as unknown as StatefulSetSpec["volumeClaimTemplates"];

const the = () => cluster.the("StatefulSet", "db");
const names = () => pods.alive.map(({ metadata }) => metadata.name).sort();
const images = () => names().map(name => cluster.the("Pod", name).spec.containers[0]?.image);

test("makes its pods one after another, each when the one before is ready", async () => {
  await apply({ replicas: 3 });
  expect(names()).toEqual(["db-0"]);
  expect(pods.alive[0]).toMatchObject({
    metadata: {
      labels: { "apps.kubernetes.io/pod-index": "0", "statefulset.kubernetes.io/pod-name": "db-0" },
    },
    spec: { hostname: "db-0", subdomain: "db" },
  });
  await pods.start();
  expect(names()).toEqual(["db-0", "db-1"]);
  await pods.follow();
  expect(names()).toEqual(["db-0", "db-1", "db-2"]);
  const { status } = the();
  expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 });
  expect(status?.currentRevision).toBe(status?.updateRevision);
  expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBeLessThan(20);
  expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBe(0);
});

test("makes all at once where it may", async () => {
  await apply({ replicas: 3, podManagementPolicy: "Parallel", ordinals: { start: 5 } });
  expect(names()).toEqual(["db-5", "db-6", "db-7"]);
});

test("so many that one run cannot make them come in several", async () => {
  await apply({ replicas: 600, podManagementPolicy: "Parallel" });
  expect(pods.alive).toHaveLength(600);
});

test("what a user cannot mean is begun, and stops nothing", () => {
  const set = { metadata: { name: "db" }, spec: { replicas: 2 ** 31 - 1, podManagementPolicy: "Parallel" } };
  expect(planPods(set as StatefulSet, [], "", 0)).toMatchObject({ create: { length: 500 }, again: 0 });
});

test("starts slowly: where pods are refused one is tried, then later one again, and it is told once each time", async () => {
  const create = cluster.registry.create.bind(cluster.registry);
  let tried = 0;
  cluster.registry.create = async (draft, options) => {
    if (draft.kind !== "Pod" || pods.alive.length < 3) return create(draft, options);
    tried++;
    throw new ApiError("Forbidden", "exceeded quota");
  };
  await apply({ replicas: 100, podManagementPolicy: "Parallel" });
  // 1, then 2, then the four that are refused.
  expect(pods.alive).toHaveLength(3);
  await cluster.recorder.written();
  const failures = () => cluster.events.filter(text => text.startsWith("Warning FailedCreate"));
  expect(failures()).toEqual([
    "Warning FailedCreate StatefulSet/db: create Pod db-3 in StatefulSet db failed error: exceeded quota",
  ]);
  await cluster.advance(10_000);
  expect(tried).toBeLessThan(30);
  cluster.registry.create = create;
  await cluster.advance(60_000);
  expect(pods.alive).toHaveLength(100);
});

test("goes down from the highest, and one that was lost comes back under its name", async () => {
  await apply({ replicas: 3 });
  await pods.follow();
  await cluster.delete("Pod", "db-1");
  await cluster.settle();
  await pods.follow();
  expect(names()).toEqual(["db-0", "db-1", "db-2"]);
  await change({ replicas: 1 });
  expect(names()).toEqual(["db-0", "db-1"]);
  await pods.follow();
  expect(names()).toEqual(["db-0"]);
});

test("rolls a template out from the highest down to the partition, and back by a revision", async () => {
  await apply({ replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } });
  await pods.follow();
  await change({ template: template("db:v2") });
  await pods.follow();
  expect(images()).toEqual(["db:v1", "db:v1", "db:v2"]);
  expect(the().status?.currentRevision).not.toBe(the().status?.updateRevision);
  // A pod below the partition comes back as it was.
  await cluster.delete("Pod", "db-0");
  await cluster.settle();
  await pods.follow();
  expect(images()).toEqual(["db:v1", "db:v1", "db:v2"]);
  await change({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } });
  await pods.follow();
  expect(images()).toEqual(["db:v2", "db:v2", "db:v2"]);
  expect(the().status?.currentRevision).toBe(the().status?.updateRevision);
  await change({ template: template("db:v1") });
  await pods.follow();
  const revisions = cluster.store.list("ControllerRevision").map(({ revision }) => revision);
  expect(revisions.sort()).toEqual([2, 3]);
});

test("OnDelete replaces only pods that are deleted", async () => {
  await apply({ replicas: 2, updateStrategy: { type: "OnDelete" } });
  await pods.follow();
  await change({ template: template("db:v2") });
  await pods.follow();
  expect(images()).toEqual(["db:v1", "db:v1"]);
  await cluster.delete("Pod", "db-0");
  await cluster.settle();
  await pods.follow();
  expect(images()).toEqual(["db:v2", "db:v1"]);
});

test("each pod has its claims, which stay", async () => {
  await apply({ replicas: 1, volumeClaimTemplates: dataClaims });
  expect(cluster.names("PersistentVolumeClaim")).toEqual(["data-db-0"]);
  const [volume] = pods.alive[0]?.spec.volumes ?? [];
  expect(volume).toEqual({ name: "data", persistentVolumeClaim: { claimName: "data-db-0" } });
  await pods.follow();
  await change({ replicas: 0 });
  await pods.follow();
  expect(cluster.names("PersistentVolumeClaim")).toEqual(["data-db-0"]);
});

test.each([
  [2, ["db-3", "db-2"]],
  ["50%", ["db-3", "db-2"]],
  ["30%", ["db-3"]],
  [9, ["db-3", "db-2", "db-1"]],
])("with maxUnavailable %j, so many go at once, down to the partition", async (maxUnavailable, gone) => {
  const updateStrategy = { rollingUpdate: { maxUnavailable, partition: 1 } };
  await apply({ replicas: 4, podManagementPolicy: "Parallel", updateStrategy });
  await pods.follow();
  await change({ template: template("db:v2") });
  expect(pods.going.map(({ metadata }) => metadata.name).sort()).toEqual(gone.toSorted());
  await pods.follow();
  expect(images()).toEqual(["db:v1", "db:v2", "db:v2", "db:v2"]);
});

test("a pod that is not available counts among those that may be missing", async () => {
  const updateStrategy = { rollingUpdate: { maxUnavailable: 2 } };
  await apply({ replicas: 4, podManagementPolicy: "Parallel", updateStrategy });
  await pods.follow();
  await pods.ready("db-0", "False");
  await change({ template: template("db:v2") });
  expect(pods.going.map(({ metadata }) => metadata.name)).toEqual(["db-3"]);
});

test.each([
  ["OrderedReady", ["db-3"], ["db-0", "db-1", "db-2"]],
  ["OrderedReady", ["db-2"], ["db-0", "db-1", "db-2"]],
  ["OrderedReady", ["db-2", "db-3"], ["db-0", "db-1", "db-2", "db-3"]],
  ["Parallel", ["db-2", "db-3"], ["db-0"]],
] as const)(
  "a smaller set (%s) in which %j are not ready has %j next",
  async (podManagementPolicy, ill, left) => {
    await apply({ replicas: 4, podManagementPolicy });
    for (let i = 0; i < 4; i++) await pods.start();
    for (const name of ill) await pods.ready(name, "False");
    await change({ replicas: 1 });
    expect(names()).toEqual(left);
  },
);

test("a smaller set goes on when the pod above one that is not ready is ready again", async () => {
  await apply({ replicas: 3 });
  for (let i = 0; i < 3; i++) await pods.start();
  for (const name of ["db-1", "db-2"]) await pods.ready(name, "False");
  await change({ replicas: 1 });
  expect(names()).toEqual(["db-0", "db-1", "db-2"]);
  await pods.ready("db-2");
  await cluster.settle();
  expect(names()).toEqual(["db-0", "db-1"]);
  await pods.follow();
  expect(names()).toEqual(["db-0"]);
});

test("claims go with the pods that a smaller set has no place for, where the policy says so", async () => {
  cluster.run(claimProtection);
  await apply({
    replicas: 2,
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" },
    volumeClaimTemplates: dataClaims,
  });
  await pods.follow();
  await change({ replicas: 1 });
  expect(cluster.names("PersistentVolumeClaim")).toEqual(["data-db-0", "data-db-1"]);
  await pods.follow();
  await cluster.advance(5_000);
  expect(cluster.names("PersistentVolumeClaim")).toEqual(["data-db-0"]);
  await cluster.delete("StatefulSet", "db");
  await cluster.settle();
  await pods.follow();
  await cluster.advance(5_000);
  expect(cluster.names("PersistentVolumeClaim")).toEqual(["data-db-0"]);
});

test("claims go with the set, where the policy says so, and not before", async () => {
  cluster.run(claimProtection);
  await apply({
    replicas: 2,
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain", whenDeleted: "Delete" },
    volumeClaimTemplates: dataClaims,
  });
  await pods.follow();
  await change({ replicas: 1 });
  await pods.follow();
  await cluster.advance(5_000);
  expect(cluster.names("PersistentVolumeClaim")).toEqual(["data-db-0", "data-db-1"]);
  await cluster.delete("StatefulSet", "db");
  await cluster.settle();
  await pods.follow();
  await cluster.advance(5_000);
  expect(cluster.names("PersistentVolumeClaim")).toEqual([]);
});

test("claims follow the policy when it changes, and keep what a user made their owner", async () => {
  await apply({ replicas: 2, podManagementPolicy: "Parallel", volumeClaimTemplates: dataClaims });
  await pods.follow();
  const owners = (name: string) =>
    (cluster.the("PersistentVolumeClaim", name).metadata.ownerReferences ?? []).map(({ kind }) => kind);
  const changed = async (spec: Partial<StatefulSetSpec>) => {
    await change(spec);
    // Whoever was faster is read again after a few milliseconds.
    await cluster.advance(20);
  };
  const mine = { apiVersion: "v1", kind: "ConfigMap", name: "mine", uid: "another" };
  await cluster.change("PersistentVolumeClaim", "data-db-0", object => ({
    ...object,
    metadata: { ...object.metadata, ownerReferences: [mine] },
  }));
  await changed({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" } });
  expect(owners("data-db-1")).toEqual(["StatefulSet"]);
  await changed({ replicas: 1 });
  expect(owners("data-db-1")).toEqual(["Pod"]);
  // Larger again before the pod has gone: its claim stays.
  await changed({ replicas: 2 });
  expect(owners("data-db-1")).toEqual(["StatefulSet"]);
  await changed({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Delete" } });
  expect(owners("data-db-1")).toEqual([]);
});

test("the partition counts from the first ordinal", async () => {
  await apply({
    replicas: 3,
    ordinals: { start: 5 },
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
  });
  await pods.follow();
  expect(names()).toEqual(["db-5", "db-6", "db-7"]);
  await change({ template: template("db:v2") });
  await pods.follow();
  expect(images()).toEqual(["db:v1", "db:v1", "db:v2"]);
});

test("the next pod waits until the one before has been ready for minReadySeconds", async () => {
  await apply({ replicas: 2, minReadySeconds: 10 });
  await pods.start();
  await cluster.advance(9_000);
  expect(names()).toEqual(["db-0"]);
  expect(the().status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
  await cluster.advance(2_000);
  expect(names()).toEqual(["db-0", "db-1"]);
});

test("one that is deleted goes on counting until its pods are gone", async () => {
  await apply({ replicas: 2 });
  await pods.follow();
  await cluster.delete("StatefulSet", "db", { propagationPolicy: "Foreground" });
  await cluster.settle();
  expect(the().status).toMatchObject({ observedGeneration: 2, replicas: 2 });
  expect(the().status).not.toHaveProperty("currentReplicas");
  await cluster.delete("Pod", "db-1", { gracePeriodSeconds: 0 });
  await cluster.settle();
  expect(the().status).toMatchObject({ replicas: 1 });
  await pods.stop();
  expect(cluster.get("StatefulSet", "db")).toBeUndefined();
});

test("a claim is made before its pod, and belongs to the set after it, unless something else has it in charge", async () => {
  const other = { apiVersion: "v1", kind: "ConfigMap", name: "mine", uid: "another", controller: true };
  await cluster.create({
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", ...dataClaims?.[0] },
    metadata: { name: "data-db-1", namespace: "demo", ownerReferences: [other] },
  } as Draft);
  const from = cluster.store.revision;
  await apply({
    replicas: 2,
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenScaled: "Retain", whenDeleted: "Delete" },
    volumeClaimTemplates: dataClaims,
  });
  const written = cluster.store.history({ after: from }).filter(({ key }) => /db-0$/.test(key.name));
  expect(written.slice(0, 3).map(({ type, key }) => `${type} ${key.name}`)).toEqual([
    ...["ADDED data-db-0", "ADDED db-0", "MODIFIED data-db-0"],
  ]);
  const ownersOf = (name: string) => cluster.the("PersistentVolumeClaim", name).metadata.ownerReferences;
  expect(ownersOf("data-db-0")).toMatchObject([
    { kind: "StatefulSet", name: "db", controller: true, blockOwnerDeletion: true },
  ]);
  expect(ownersOf("data-db-1")).toEqual([other]);
});

test("a pod that has lost the labels of its name, or never had them, gets them back", async () => {
  await apply({ replicas: 1 });
  await pods.start();
  const key = "statefulset.kubernetes.io/pod-name";
  await cluster.change("Pod", "db-0", ({ metadata, ...pod }) => ({
    ...pod,
    metadata: { ...metadata, labels: { app: "db" } },
  }));
  await cluster.settle();
  expect(cluster.the("Pod", "db-0").metadata.labels).toMatchObject({
    [key]: "db-0",
    "apps.kubernetes.io/pod-index": "0",
  });
  await cluster.advance(1_000);
  expect(cluster.events).toContain(
    "Normal SuccessfulUpdate StatefulSet/db: update Pod db-0 in StatefulSet db successful",
  );
  expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBe(0);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { Draft } from "../../resources/index.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { volumeBinding } from "./volume-binding.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(volumeBinding(), claimProtection, volumeProtection);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

async function volume(name: string, more: object = {}): Promise<void> {
  const spec = { capacity: { storage: "2Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp/v" } };
  const draft = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: { ...spec, ...more },
  };
  await cluster.create(draft as Draft);
  await cluster.settle();
}

async function claim(name: string, more: object = {}, annotations: object = {}): Promise<void> {
  const resources = { requests: { storage: "1Gi" } };
  const spec = { accessModes: ["ReadWriteOnce"], resources, storageClassName: "", ...more };
  const metadata = { name, namespace: "demo", annotations };
  await cluster.create({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec } as Draft);
  await cluster.settle();
}

const statusOf = (name: string) => cluster.the("PersistentVolumeClaim", name).status;

/** As an administrator does who takes the finalizers off. */
async function tear(name: string): Promise<void> {
  await cluster.delete("PersistentVolume", name);
  await cluster.change("PersistentVolume", name, object => ({
    ...object,
    metadata: { ...object.metadata, finalizers: [] },
  }));
  await cluster.settle();
  expect(cluster.get("PersistentVolume", name)).toBeUndefined();
}

const isLost = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
const isTaken = "Two claims are bound to the same volume, this one is bound incorrectly";

test("a claim whose volume is gone is lost, and takes no other: it is said once", async () => {
  await volume("pv");
  await claim("data");
  await volume("other");
  await tear("pv");
  expect(statusOf("data")).toEqual({ phase: "Lost" });
  await cluster.advance(40_000);
  expect(cluster.events).toEqual([`Warning ClaimLost PersistentVolumeClaim/data: ${isLost}`]);
  expect(cluster.store.list("Event")[0]?.count ?? 1).toBe(1);
  expect(cluster.the("PersistentVolume", "other").status?.phase).toBe("Available");
});

test("a lost claim has its volume again where that comes back", async () => {
  await volume("pv");
  await claim("data");
  await tear("pv");
  await volume("pv");
  expect(statusOf("data")).toEqual({
    phase: "Bound",
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "2Gi" },
  });
  expect(cluster.the("PersistentVolume", "pv")).toMatchObject({
    spec: { claimRef: { name: "data", uid: cluster.the("PersistentVolumeClaim", "data").metadata.uid } },
    status: { phase: "Bound" },
  });
});

test("a volume that names no claim any more is bound again to the one that has it", async () => {
  await volume("pv");
  await claim("data");
  await cluster.change("PersistentVolume", "pv", ({ spec: { claimRef: _, ...spec } = {}, ...rest }) => ({
    ...rest,
    spec,
  }));
  // Whoever was faster is read again after a few milliseconds.
  await cluster.advance(20);
  expect(statusOf("data")?.phase).toBe("Bound");
  expect(cluster.the("PersistentVolume", "pv").spec?.claimRef?.name).toBe("data");
});

test("a claim whose volume was given to another one is bound no more", async () => {
  await volume("pv");
  await claim("data");
  await claim("heir", { volumeName: "pv" });
  const heir = cluster.the("PersistentVolumeClaim", "heir").metadata;
  await cluster.change("PersistentVolume", "pv", object => ({
    ...object,
    spec: { ...object.spec, claimRef: { namespace: "demo", name: "heir", uid: heir.uid } },
  }));
  await cluster.settle();
  expect(statusOf("data")).toEqual({ phase: "Lost" });
  expect(statusOf("heir")?.phase).toBe("Bound");
  await cluster.advance(1_000);
  expect(cluster.events).toContain(`Warning ClaimMisbound PersistentVolumeClaim/data: ${isTaken}`);
});

const dumped = { "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" };
const hasNone = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!";
const elsewhere = { namespace: "demo", name: "data", uid: "of another cluster" };

test.each([
  ["without its volume", "pv", undefined, isLost],
  ["whose volumeName was taken out of it", undefined, {}, hasNone],
  ["with its volume, which names the claim of there", "pv", { claimRef: elsewhere }, isTaken],
])("a claim from the dump of another cluster is lost: one %s", async (_, volumeName, ofVolume, message) => {
  if (ofVolume) await volume("pv", ofVolume);
  await claim("data", { volumeName }, dumped);
  expect(statusOf("data")).toEqual({ phase: "Lost" });
  await cluster.advance(1_000);
  const reason = message === isTaken ? "ClaimMisbound" : "ClaimLost";
  expect(cluster.events).toContain(`Warning ${reason} PersistentVolumeClaim/data: ${message}`);
});

test("a claim from the dump of another cluster has its volume where that names nobody", async () => {
  await volume("pv");
  await claim("data", { volumeName: "pv" }, dumped);
  expect(statusOf("data")?.phase).toBe("Bound");
  expect(cluster.the("PersistentVolume", "pv").status?.phase).toBe("Bound");
});

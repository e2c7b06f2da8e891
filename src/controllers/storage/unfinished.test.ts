/** Volumes and snapshots that a driver makes too late: nothing is left in it of what nobody wants any more. In virtual time. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Controller } from "../../loop/index.ts";
import { author, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft } from "../../resources/index.ts";
import { DriverError, type StorageDriver, StorageDrivers } from "../../storage/index.ts";
import { volumeProvisioning, volumeSnapshotContents } from "./index.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { contentKind } from "./snapshot-names.ts";
import { dataClaim, diskClass } from "./test-claims.ts";
import { volumeBinding } from "./volume-binding.ts";

const driverName = "disk.csi.example.com";
let cluster: TestCluster;
/** What the driver has, in the end. */
let has: Set<string>;
let takesMs: number;
let refuses: DriverError | undefined;

beforeEach(async () => {
  has = new Set();
  takesMs = 12_000;
  refuses = undefined;
  cluster = await TestCluster.of();
  const making = new Map<string, Promise<void>>();
  const make = async (name: string) => {
    if (has.has(name)) return;
    if (refuses) throw refuses;
    const made = making.get(name) ?? cluster.clock.sleep(takesMs).then(() => void has.add(name));
    making.set(name, made);
    await made;
    making.delete(name);
  };
  const driver: StorageDriver = {
    name: driverName,
    async createVolume({ name }) {
      await make(name);
      return { volumeId: name, capacityBytes: 0 };
    },
    deleteVolume: async ({ volumeId }) => void has.delete(volumeId),
    async createSnapshot({ name, sourceVolumeId }) {
      await make(name);
      return { snapshotId: name, sourceVolumeId, sizeBytes: 0, creationTime: 1, readyToUse: true };
    },
    deleteSnapshot: async ({ snapshotId }) => void has.delete(snapshotId),
    async nodePublishVolume() {},
    async nodeUnpublishVolume() {},
  };
  const drivers = new StorageDrivers([driver], cluster.clock);
  cluster.run(
    ...([
      volumeBinding(),
      claimProtection,
      volumeProtection,
      volumeProvisioning(drivers),
      volumeSnapshotContents(drivers),
    ] as Controller[]),
  );
  await cluster.create(diskClass(driverName));
});
afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const claim = () => cluster.create(dataClaim());
const content = () =>
  cluster.create({
    apiVersion: "snapshot.storage.k8s.io/v1",
    kind: "VolumeSnapshotContent",
    metadata: { name: "content" },
    spec: {
      deletionPolicy: "Delete",
      driver: driverName,
      source: { volumeHandle: "v" },
      volumeSnapshotRef: { name: "s", namespace: "demo", uid: "00000000-0000-4000-8000-000000000000" },
    },
  } as Draft);
const drop = (kind: "PersistentVolumeClaim" | typeof contentKind, namespace: string, name: string) =>
  cluster.registry.delete(kind, namespace, name, { author });
const pass = async (seconds: number) => {
  for (let second = 0; second < seconds; second++) await cluster.advance(1_000);
};

test("a volume that comes when its claim is gone is deleted, also where another claim has its name", async () => {
  await claim();
  await pass(11);
  await drop("PersistentVolumeClaim", "demo", "data");
  await pass(20);
  expect([...has]).toEqual([]);
  takesMs = 12_000;
  await claim();
  await pass(11);
  await drop("PersistentVolumeClaim", "demo", "data");
  takesMs = 100;
  await cluster.settle();
  const { metadata } = await claim();
  await pass(30);
  expect([...has]).toEqual([`pvc-${metadata.uid}`]);
  expect(cluster.store.list("PersistentVolume").map(({ metadata: { name } }) => name)).toEqual([...has]);
});

test("a claim whose volume was refused for good leaves nothing to be asked for", async () => {
  refuses = new DriverError("OutOfRange", "too large");
  await claim();
  await pass(3);
  await drop("PersistentVolumeClaim", "demo", "data");
  refuses = undefined;
  await pass(30);
  expect([...has]).toEqual([]);
});

test("a snapshot that comes when its content is to go is deleted", async () => {
  await content();
  await pass(11);
  await drop(contentKind, "", "content");
  await pass(10);
  expect([...has]).toEqual([]);
  expect(cluster.store.list(contentKind)).toEqual([]);
});

test("a snapshot that cannot be made can be deleted at once, however long it was tried", async () => {
  refuses = new DriverError("Internal", "no room");
  await content();
  await pass(100);
  await drop(contentKind, "", "content");
  await pass(1);
  expect(cluster.store.list(contentKind)).toEqual([]);
});

/** Volumes of drivers on their nodes, in virtual time: what is refused is asked for again, what is not attached is waited for. */
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { author, TestCluster } from "../../loop/test-cluster.ts";
import { Deferred } from "../../outside/index.ts";
import { attachmentName, type Draft, type Pod, type VolumeAttachment } from "../../resources/index.ts";
import { DriverError, type StorageDriver, StorageDrivers } from "../../storage/index.ts";
import { AttachPending } from "./attachments.ts";
import type { DriverVolume } from "./driver-volume.ts";
import { PublishedVolumes } from "./published-volumes.ts";
import { VolumeFolders } from "./volume-folders.ts";

const driverName = "disk.csi.example.com";
const pod = { metadata: { uid: "u", name: "web" }, spec: { nodeName: "node-1" } } as unknown as Pod;
const volume: DriverVolume = {
  name: "pv",
  driver: driverName,
  volumeId: "v",
  capability: { accessMode: "SINGLE_NODE_WRITER" },
  readonly: false,
  volumeContext: undefined,
  stageSecret: undefined,
  publishSecret: undefined,
  isInline: false,
};

let cluster: TestCluster;
let folders: VolumeFolders;
let called: string[];
beforeEach(async () => {
  cluster = await TestCluster.of();
  folders = new VolumeFolders();
  folders.hold();
  called = [];
});
afterEach(async () => {
  await folders.release();
  await cluster.stop();
});

async function publishedBy(attachRequired: boolean, driver: Partial<StorageDriver>) {
  await cluster.create({ apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: {} } as Draft);
  await cluster.create({
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: driverName },
    spec: { attachRequired },
  } as Draft);
  const whole: StorageDriver = {
    name: driverName,
    createVolume: async () => ({ volumeId: "v", capacityBytes: 0 }),
    deleteVolume: async () => {},
    nodePublishVolume: async () => {},
    nodeUnpublishVolume: async () => {},
    ...driver,
  };
  const { clock, registry } = cluster;
  return new PublishedVolumes({ drivers: new StorageDrivers([whole], clock), folders, registry, clock });
}

test("a driver that refuses twice to take a volume away is asked until it does", async () => {
  let asked = 0;
  const published = await publishedBy(false, {
    async nodeUnpublishVolume() {
      if (++asked < 3) throw new DriverError("Unavailable", "busy");
    },
  });
  await expect(published.publish(pod, "d", volume)).rejects.toThrow("has published nothing");
  await expect(published.unpublish("u")).rejects.toThrow("busy");
  expect(asked).toBe(1);
  for (let i = 0; i < 5; i++) await cluster.clock.advance(60_000);
  expect(asked).toBe(3);
});

test("what is to be attached is waited for, and the node says that it has it until it has let it go", async () => {
  const inUse = () => cluster.store.get("Node", "", "node-1")?.status?.volumesInUse;
  let usedAtTheEnd: readonly string[] | undefined;
  const published = await publishedBy(true, {
    async nodePublishVolume({ targetPath, publishContext }) {
      called.push(`publish ${publishContext?.at}`);
      mkdirSync(targetPath, { recursive: true });
    },
    async nodeUnpublishVolume({ targetPath }) {
      usedAtTheEnd = inUse();
      called.push("unpublish");
      rmdirSync(targetPath);
    },
  });
  await expect(published.publish(pod, "d", volume)).rejects.toBeInstanceOf(AttachPending);
  expect(inUse()).toEqual([`kubernetes.io/csi/${driverName}^v`]);
  await published.unpublish("u");
  expect(inUse() ?? []).toEqual([]);
  expect(called).toEqual([]);
  await expect(published.publish(pod, "d", volume)).rejects.toBeInstanceOf(AttachPending);
  const name = attachmentName(driverName, "v", "node-1");
  await cluster.create({
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name },
    spec: { attacher: driverName, nodeName: "node-1", source: { persistentVolumeName: "pv" } },
  } as Draft);
  await expect(published.publish(pod, "d", volume)).rejects.toBeInstanceOf(AttachPending);
  const attached = (found: VolumeAttachment) => ({
    ...found,
    status: { attached: true, attachmentMetadata: { at: "/dev/x" } },
  });
  await cluster.registry.modify("VolumeAttachment", "", name, attached, { author, subresource: "status" });
  await published.publish(pod, "d", volume);
  await published.unpublish("u");
  expect(called).toEqual(["publish /dev/x", "unpublish"]);
  expect(usedAtTheEnd).toEqual([`kubernetes.io/csi/${driverName}^v`]);
  expect(inUse()).toEqual([]);
});

test("what is mounted is asked for ever more seldom where the driver refuses, and soon again for the next pod", async () => {
  const tried: number[] = [];
  let refuses = true;
  const published = await publishedBy(false, {
    nodeStageVolume: async () => {
      tried.push(cluster.clock.now() - begun);
      if (refuses) throw new DriverError("Internal", "no disk");
    },
    nodeUnstageVolume: async () => {},
    nodePublishVolume: async ({ targetPath }) => void mkdirSync(targetPath, { recursive: true }),
    nodeUnpublishVolume: async ({ targetPath }) => rmSync(targetPath, { recursive: true, force: true }),
  });
  const begun = cluster.clock.now();
  for (let second = 0; second < 600; second++) {
    await expect(published.publish(pod, "d", volume)).rejects.toThrow(/^kubernetes.io\/csi: .* = no disk$/);
    await cluster.clock.advance(1_000);
  }
  expect(tried.map(ms => ms / 1_000)).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 250, 372, 494]);
  await published.unpublish("u");
  refuses = false;
  await expect(published.publish(pod, "d", volume)).resolves.toContain("u");
  await published.unpublish("u");
});

test("a volume that is being unstaged is staged for the next pod when that is done", async () => {
  const unstaging = new Deferred<void>();
  const published = await publishedBy(false, {
    nodeStageVolume: async () => void called.push("stage"),
    nodeUnstageVolume: async () => {
      called.push("unstage");
      await unstaging.promise;
      called.push("unstaged");
    },
    nodePublishVolume: async ({ targetPath }) => {
      called.push("publish");
      mkdirSync(targetPath, { recursive: true });
    },
    nodeUnpublishVolume: async ({ targetPath }) => {
      called.push("unpublish");
      rmSync(targetPath, { recursive: true, force: true });
    },
  });
  const next = { ...pod, metadata: { ...pod.metadata, uid: "u2" } };
  await published.publish(pod, "d", volume);
  const gone = published.unpublish("u");
  await expect.poll(() => called).toContain("unstage");
  const again = published.publish(next, "d", volume);
  // Of a second volume it is known how far the first has come: it is asked for later.
  await published.publish({ ...pod, metadata: { ...pod.metadata, uid: "u3" } }, "d", {
    ...volume,
    volumeId: "w",
  });
  expect(called).toEqual(["stage", "publish", "unpublish", "unstage", "stage", "publish"]);
  unstaging.resolve();
  await gone;
  await again;
  expect(called.slice(6)).toEqual(["unstaged", "stage", "publish"]);
  await published.unpublish("u2");
  await published.unpublish("u3");
});

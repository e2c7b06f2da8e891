/** Volumes of drivers that refuse to take them away: they are asked again, in virtual time. */
import { expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import type { PersistentVolume, Pod } from "../../resources/index.ts";
import { DriverError, type StorageDriver, StorageDrivers } from "../../storage/index.ts";
import { PublishedVolumes } from "./published-volumes.ts";
import { VolumeFolders } from "./volume-folders.ts";

test("a driver that refuses twice to take a volume away is asked until it does", async () => {
  const clock = new VirtualClock();
  const folders = new VolumeFolders();
  folders.hold();
  let asked = 0;
  const driver: StorageDriver = {
    name: "disk.csi.example.com",
    createVolume: async () => ({ volumeId: "v", capacityBytes: 0 }),
    deleteVolume: async () => {},
    nodePublishVolume: async () => {},
    async nodeUnpublishVolume() {
      if (++asked < 3) throw new DriverError("Unavailable", "busy");
    },
  };
  const published = new PublishedVolumes(new StorageDrivers([driver], clock), folders, clock);
  const pod = { metadata: { uid: "u", name: "web" }, spec: { nodeName: "node-1" } } as unknown as Pod;
  const csi = { driver: driver.name, volumeHandle: "v" };
  const volume = { metadata: { name: "pv" }, spec: { csi } } as unknown as PersistentVolume;
  const options = { capability: { accessMode: "SINGLE_NODE_WRITER" as const }, readonly: false };
  try {
    await expect(published.publish(pod, "d", volume, options)).rejects.toThrow("has published nothing");
    await expect(published.unpublish("u")).rejects.toThrow("busy");
    expect(asked).toBe(1);
    for (let i = 0; i < 5; i++) await clock.advance(60_000);
    expect(asked).toBe(3);
  } finally {
    await folders.release();
  }
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PersistentVolume } from "../resources/index.ts";
import { volumeRecords } from "./volume-records.ts";

const driver = "folder.csi.k4s.dev";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "records-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function volume(volumeHandle: string, by: string | undefined, csiDriver = driver): PersistentVolume {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: "pv",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...(by !== undefined && { annotations: { "pv.kubernetes.io/provisioned-by": by } }),
    },
    spec: { csi: { driver: csiDriver, volumeHandle } },
  };
}

test.each<[string, PersistentVolume, boolean]>([
  ["that the driver made", volume("pvc-1", driver), true],
  ["of another driver", volume("pvc-1", "other", "other"), false],
  ["that was made by hand", volume("pvc-1", undefined), false],
  ["whose id leads elsewhere", volume("../../../../etc", driver), false],
  ["without a driver", { ...volume("a", driver), spec: {} }, false],
])("a volume %s comes again in the next cluster: %#", (_, given, wanted) => {
  expect(volumeRecords(folder, driver).isFor(given)).toBe(wanted);
});

test("a folder of records that is not there yet is no fault, one that cannot be read is told", async () => {
  const faults: string[] = [];
  const all = () => volumeRecords(folder, driver).all(fault => faults.push(fault.message));
  expect(await all()).toEqual([]);
  expect(faults).toEqual([]);
  writeFileSync(join(folder, "records"), "no folder");
  expect(await all()).toEqual([]);
  expect(faults).toEqual([expect.stringMatching(/records cannot be read: .*ENOTDIR/)]);
});

test("what was kept is read again as long as its folder is there", async () => {
  const records = volumeRecords(folder, driver);
  await records.keep(volume("pvc-1", driver), false);
  const read = () => volumeRecords(folder, driver).all(fault => expect.unreachable(fault.message));
  mkdirSync(join(folder, "volumes", "pvc-1"), { recursive: true });
  expect(await read()).toMatchObject([{ metadata: { name: "pv" } }]);
  rmSync(join(folder, "volumes"), { recursive: true });
  expect(await read()).toEqual([]);
});

import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { author, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft, HostPathVolumeSource, PersistentVolumeClaim } from "../../resources/index.ts";
import { claimedVolume } from "./claimed-volumes.ts";
import { HostFolders } from "./host-folders.ts";
import { hostPath, machinePath } from "./machine-path.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "k4s-paths-")));
const folders = new HostFolders([root]);
const file = join(root, "file");
beforeAll(() => writeFileSync(file, ""));
afterAll(() => rmSync(root, { recursive: true }));

test.each<[HostPathVolumeSource["type"], string, string | undefined]>([
  [undefined, "made-a", undefined],
  ["", "made-b", undefined],
  ["Directory", ".", undefined],
  ["Directory", "not-there", "is not a directory"],
  ["Directory", "file", "is not a directory"],
  ["File", "file", undefined],
  ["File", ".", "is not a file"],
  ["Socket", "file", "is not a socket"],
  ["CharDevice", "file", "is not a character device"],
  ["BlockDevice", "file", "is not a block device"],
  ["DirectoryOrCreate", "file", "EEXIST"],
])("a hostPath of type %s at %s", async (type, name, problem) => {
  const path = join(root, name);
  const found = hostPath({ path, ...(type === undefined ? {} : { type }) }, folders);
  if (problem === undefined) expect(await found).toBe(path);
  else await expect(found).rejects.toThrow(problem);
});

test("a hostPath is made where its type says so", async () => {
  await hostPath({ path: join(root, "made", "deeply"), type: "DirectoryOrCreate" }, folders);
  await hostPath({ path: join(root, "made", "empty"), type: "FileOrCreate" }, folders);
  expect(statSync(join(root, "made", "deeply")).isDirectory()).toBe(true);
  expect(statSync(join(root, "made", "empty")).size).toBe(0);
  await hostPath({ path: join(root, "made", "plain") }, folders);
  expect(statSync(join(root, "made", "plain")).isDirectory()).toBe(true);
});

test("a claim leads to the volume that it is bound to, or says what is missing", async () => {
  const cluster = await TestCluster.of();
  const find = async () => machinePath(claimedVolume("demo", "data", cluster.store).volume, folders);
  await expect(find()).rejects.toThrow(
    "error processing PVC demo/data: failed to fetch PVC from API server: persist",
  );

  const given = { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } };
  const requests = { storage: "1Gi" };
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests }, volumeName: "pv" };
  const metadata = { name: "data", namespace: "demo" };
  await cluster.create({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec } as Draft);
  await expect(find()).rejects.toThrow("PVC is not bound");

  const bind = (claim: PersistentVolumeClaim) => ({ ...claim, status: { phase: "Bound" as const } });
  const options = { author, subresource: "status" };
  await cluster.registry.modify("PersistentVolumeClaim", "demo", "data", bind, options);
  await expect(find()).rejects.toThrow('persistentvolumes "pv" not found');

  const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pv" } };
  await cluster.create({ ...volume, spec: { ...given, hostPath: { path: root } } } as Draft);
  expect(await find()).toBe(root);
  await cluster.stop();
});

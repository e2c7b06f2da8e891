import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubernetesObject } from "../resources/index.ts";
import { writeBackup } from "./backup-file.ts";
import { Cluster } from "./cluster.ts";
import { restoreBackup } from "./restore.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restore-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const place = (name: string) => join(folder, name);

async function backupOf(...kinds: string[]): Promise<void> {
  const objects = async function* () {
    for (const kind of kinds) {
      const metadata = {
        name: "one",
        namespace: "default",
        uid: kind,
        resourceVersion: "7",
        creationTimestamp: "2026-01-01T00:00:00Z",
      };
      yield { apiVersion: kind === "ConfigMap" ? "v1" : "ex.com/v1", kind, metadata } as KubernetesObject;
    }
  };
  await writeBackup(place("backup"), "9", objects());
}

test("it is said of how many volumes a backup does not have what they hold", async () => {
  const volume = (name: string, source: object) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, uid: name, resourceVersion: "7", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, ...source },
  });
  const objects = async function* () {
    yield volume("ours", { csi: { driver: "folder.csi.k4s.dev", volumeHandle: "ours" } }) as KubernetesObject;
    yield volume("elsewhere", { csi: { driver: "disk.example.com", volumeHandle: "a" } }) as KubernetesObject;
    yield volume("theirs", { hostPath: { path: "/srv" } }) as KubernetesObject;
  };
  await writeBackup(place("backup"), "9", objects());
  expect(await restoreBackup(place("backup"), { data: place("data") })).toMatchObject({ volumes: 1 });
});

test("restored into an empty folder a cluster goes on from it, beyond every revision that was given", async () => {
  await backupOf("ConfigMap");
  mkdirSync(place("data"));
  expect(await restoreBackup(place("backup"), { data: place("data") })).toEqual({
    objects: 1,
    revision: "9",
    volumes: 0,
  });
  await using cluster = new Cluster({ nodes: 0, data: place("data") });
  await cluster.start();
  expect((await cluster.get("ConfigMap", "one"))?.metadata).toMatchObject({
    uid: "ConfigMap",
    resourceVersion: "7",
  });
  expect(cluster.revision).toBeGreaterThan(1_000_009);
});

test("what cannot be restored leaves everything as it was", async () => {
  await expect(restoreBackup(place("none"), { data: place("data") })).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining("cannot be restored into"),
  });
  await backupOf("ConfigMap", "Gadget");
  await expect(restoreBackup(place("backup"), { data: place("data") })).rejects.toThrow('no kind "Gadget"');
  expect(readdirSync(folder)).toEqual(["backup"]);
  mkdirSync(place("full"));
  writeFileSync(join(place("full"), "mine"), "");
  await expect(restoreBackup(place("backup"), { data: place("full") })).rejects.toMatchObject({
    reason: "AlreadyExists",
  });
  expect(readdirSync(folder).sort()).toEqual(["backup", "full"]);
  expect(readdirSync(place("full"))).toEqual(["mine"]);
});

test("a backup goes to one place, which is one", async () => {
  await backupOf("ConfigMap");
  const etcd = { endpoints: ["http://127.0.0.1:1"] };
  for (const options of [undefined, {}, { data: place("data"), etcd }])
    await expect(restoreBackup(place("backup"), options)).rejects.toMatchObject({
      reason: "BadRequest",
      message: "data, etcd: one of them says where the backup is to go",
    });
  await expect(restoreBackup(place("backup"), { etcd: { endpoints: ["not a url"] } })).rejects.toMatchObject({
    reason: "BadRequest",
    message: expect.stringContaining("restoreBackup: etcd.endpoints[0] must be a URL"),
  });
  expect(readdirSync(folder)).toEqual(["backup"]);
});

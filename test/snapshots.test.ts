/** Snapshots, restores, clones and growth of volumes, in a whole cluster with the driver that comes along. */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type Event, type KubernetesObject } from "k4s";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
let cluster: Cluster;
beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "snapshots-test-")));
  cluster = new Cluster({ volumes: folder });
  await cluster.start();
});
afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

interface Snapshot extends KubernetesObject {
  readonly status?: {
    readonly readyToUse?: boolean;
    readonly restoreSize?: string;
    readonly boundVolumeSnapshotContentName?: string;
    readonly error?: { readonly message?: string };
  };
}

const claim = (name: string, more = "", size = "1Gi") => `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: ${size} } }${more} }`;

const snapshot = (name: string, source: string, more = "") => `
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: { name: ${name} }
spec: { source: { ${source} }${more} }`;

const runs = async (name: string, of: string, line: string) => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  restartPolicy: Never
  containers:
    - { name: main, image: busybox, command: [sh, -c, ${JSON.stringify(line)}], volumeMounts: [{ name: d, mountPath: /data }] }
  volumes: [{ name: d, persistentVolumeClaim: { claimName: ${of} } }]`);
  await cluster.waitFor(`Pod/${name}`, pod => pod?.status?.phase === "Succeeded");
  return cluster.logs(`Pod/${name}`);
};

const isReady = (object: KubernetesObject | undefined) => (object as Snapshot)?.status?.readyToUse === true;
const reasons = async (ref: string) => (await cluster.events(ref)).map(event => (event as Event).reason);

test("a snapshot keeps what the volume was; a claim is restored from it, and another is a clone", async () => {
  await cluster.apply(claim("data"));
  await runs("one", "data", "echo first > /data/x; mkdir /data/d; ln -s ../x /data/d/l");
  await cluster.apply(snapshot("before", "persistentVolumeClaimName: data"));
  await cluster.waitFor("VolumeSnapshot/before", isReady);
  await runs("two", "data", "echo second > /data/x");
  const from = (kind: string, name: string, group: string) =>
    `, dataSource: { kind: ${kind}, name: ${name}${group && `, apiGroup: ${group}`} }`;
  await cluster.apply(
    claim("restored", from("VolumeSnapshot", "before", "snapshot.storage.k8s.io")) +
      claim("cloned", from("PersistentVolumeClaim", "data", "")),
  );
  expect(await runs("three", "restored", "cat /data/x /data/d/l")).toBe("first\nfirst\n");
  expect(await runs("four", "cloned", "cat /data/x")).toBe("second\n");
  const found = (await cluster.get("VolumeSnapshot.snapshot.storage.k8s.io", "before")) as
    | Snapshot
    | undefined;
  expect(found?.status).toMatchObject({ readyToUse: true, restoreSize: "1Gi" });
  expect(await reasons("VolumeSnapshot/before")).toEqual(
    expect.arrayContaining(["CreatingSnapshot", "SnapshotCreated", "SnapshotReady"]),
  );
  const { columns, rows } = await cluster.table("VolumeSnapshot");
  expect(columns.join(" ")).toBe(
    "NAME READYTOUSE SOURCEPVC SOURCESNAPSHOTCONTENT RESTORESIZE SNAPSHOTCLASS SNAPSHOTCONTENT CREATIONTIME AGE",
  );
  expect(rows[0]).toEqual(expect.arrayContaining(["before", "data", "1Gi", "standard"]));
});

test("what is deleted with its policy goes, from the disk too, and what is retained stays", async () => {
  await cluster.apply(`
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: { name: kept }
driver: folder.csi.k4s.dev
deletionPolicy: Retain${claim("data")}`);
  await runs("one", "data", "echo 1 > /data/x");
  await cluster.apply(
    snapshot("gone", "persistentVolumeClaimName: data") +
      snapshot("kept", "persistentVolumeClaimName: data", ", volumeSnapshotClassName: kept"),
  );
  await cluster.waitFor("VolumeSnapshot/gone", isReady);
  const kept = (await cluster.waitFor("VolumeSnapshot/kept", isReady)) as Snapshot;
  expect(readdirSync(join(folder, "snapshots"))).toHaveLength(2);
  for (const name of ["gone", "kept"]) {
    await cluster.delete("VolumeSnapshot.snapshot.storage.k8s.io", name);
    await cluster.waitFor(`VolumeSnapshot/${name}`, "deleted");
  }
  await expect.poll(() => readdirSync(join(folder, "snapshots"))).toHaveLength(1);
  const content = await cluster.get(
    "VolumeSnapshotContent.snapshot.storage.k8s.io",
    kept.status?.boundVolumeSnapshotContentName ?? "",
  );
  const handle = content?.status?.snapshotHandle;
  expect(handle).toBeDefined();
  // The retained one serves another snapshot, by hand.
  await cluster.delete("VolumeSnapshotContent.snapshot.storage.k8s.io", content?.metadata.name ?? "");
  await cluster.apply(`
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotContent
metadata: { name: given }
spec:
  deletionPolicy: Retain
  driver: folder.csi.k4s.dev
  source: { snapshotHandle: ${handle} }
  volumeSnapshotRef: { name: again, namespace: default }${snapshot("again", "volumeSnapshotContentName: given")}`);
  await cluster.waitFor("VolumeSnapshot/again", isReady);
  const from = ", dataSource: { kind: VolumeSnapshot, name: again, apiGroup: snapshot.storage.k8s.io }";
  await cluster.apply(claim("restored", from));
  expect(await runs("two", "restored", "cat /data/x")).toBe("1\n");
});

test("a snapshot of nothing, and a restore that is too small, say why, and go on when they can", async () => {
  await cluster.apply(snapshot("early", "persistentVolumeClaimName: data"));
  const why = async () =>
    ((await cluster.get("VolumeSnapshot.snapshot.storage.k8s.io", "early")) as Snapshot | undefined)?.status
      ?.error?.message;
  await expect.poll(why).toContain("cannot get claim from snapshot");
  await cluster.apply(claim("data"));
  await cluster.waitFor("VolumeSnapshot/early", isReady);
  expect(await why()).toBeUndefined();
  const from = ", dataSource: { kind: VolumeSnapshot, name: early, apiGroup: snapshot.storage.k8s.io }";
  await cluster.apply(claim("small", from, "1Mi"));
  const messages = async () =>
    (await cluster.events("PersistentVolumeClaim/small")).map(event => (event as Event).message).join("\n");
  await expect
    .poll(messages)
    .toContain(
      "requested volume size 1048576 is less than the size 1073741824 for the source snapshot early",
    );
  await expect(
    cluster.apply(snapshot("both", "persistentVolumeClaimName: data, volumeSnapshotContentName: given")),
  ).rejects.toThrow("exactly one of persistentVolumeClaimName and volumeSnapshotContentName must be set");
});

test("a claim grows, and its volume, where its class allows that", async () => {
  await cluster.apply(claim("data"));
  await cluster.waitFor("PersistentVolumeClaim/data", object => object?.status?.phase === "Bound");
  await cluster.patch("PersistentVolumeClaim", "data", {
    spec: { resources: { requests: { storage: "2Gi" } } },
  });
  const grown = await cluster.waitFor(
    "PersistentVolumeClaim/data",
    object => object?.status?.capacity?.storage === "2Gi",
  );
  expect(grown?.status?.conditions).toBeUndefined();
  const volume = await cluster.get("PersistentVolume", grown?.spec.volumeName ?? "");
  expect(volume?.spec?.capacity?.storage).toBe("2Gi");
  expect(await reasons("PersistentVolumeClaim/data")).toEqual(
    expect.arrayContaining(["Resizing", "VolumeResizeSuccessful"]),
  );
  await expect(
    cluster.patch("PersistentVolumeClaim", "data", { spec: { resources: { requests: { storage: "1Gi" } } } }),
  ).rejects.toThrow("field can not be less than status.capacity");
});

/** Snapshots in a folder that outlives its cluster, also one that was killed: the next one with it has them again, each for its name. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type Event, type KubernetesObject } from "k4s";
import { afterEach, beforeEach, expect, test } from "vitest";
import { built } from "./built.ts";

let place: string;
let folder: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "snapshots-again-")));
  folder = join(place, "volumes");
});
afterEach(() => rmSync(place, { recursive: true }));
/** Machines may be busy. */
const patient = { timeout: 120_000 };
const soon = { timeout: 30_000 };

const claim = (name: string, more = "") => `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } }${more} }`;
const snapshot = (name: string, more = "") => `
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: { name: ${name} }
spec: { source: { persistentVolumeClaimName: data }${more} }`;
const pod = (name: string, of: string, line: string) => `
---
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - { name: main, image: busybox, command: [sh, -c, ${JSON.stringify(line)}], volumeMounts: [{ name: d, mountPath: /data }] }
  volumes: [{ name: d, persistentVolumeClaim: { claimName: ${of} } }]`;
const restored = claim(
  "restored",
  ", dataSource: { kind: VolumeSnapshot, name: before, apiGroup: snapshot.storage.k8s.io }",
);
const retaining = `
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: { name: kept }
driver: folder.csi.k4s.dev
deletionPolicy: Retain`;

const snapshotKind = "VolumeSnapshot.snapshot.storage.k8s.io";
const contentKind = "VolumeSnapshotContent.snapshot.storage.k8s.io";
type Snapshot = KubernetesObject & {
  readonly status?: {
    readonly readyToUse?: boolean;
    readonly boundVolumeSnapshotContentName?: string;
    readonly creationTime?: string;
    readonly restoreSize?: string;
  };
};
const isReady = (object: KubernetesObject | undefined) => (object as Snapshot)?.status?.readyToUse === true;
const ready = async (cluster: Cluster, name: string) =>
  (await cluster.waitFor(`VolumeSnapshot/${name}`, isReady, { timeoutMs: 30_000 })) as Snapshot;
const namesIn = (part: string) => {
  const path = join(folder, part);
  return existsSync(path) ? readdirSync(path).filter(name => !name.includes("~")) : [];
};
const contentsOf = async (cluster: Cluster) =>
  (await cluster.list(contentKind)).map(({ metadata }) => metadata.name);

async function runs(cluster: Cluster, name: string, of: string, line: string): Promise<unknown> {
  await cluster.apply(pod(name, of, line));
  await cluster.waitFor(`Pod/${name}`, found => found?.status?.phase === "Succeeded", { timeoutMs: 30_000 });
  const printed = await cluster.logs(`Pod/${name}`);
  await cluster.delete("Pod", name);
  return printed;
}

async function within(act: (cluster: Cluster) => Promise<void>): Promise<void> {
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await act(cluster);
}

test(
  "a snapshot of that name has what it had, is restored from, and goes as its policy says",
  patient,
  async () => {
    let first: Snapshot | undefined;
    await within(async cluster => {
      await cluster.apply(retaining + claim("data"));
      await runs(cluster, "one", "data", "echo first > /data/x");
      await cluster.apply(snapshot("before") + snapshot("left", ", volumeSnapshotClassName: kept"));
      first = await ready(cluster, "before");
      await ready(cluster, "left");
      await runs(cluster, "two", "data", "echo second > /data/x");
      await cluster.delete(snapshotKind, "left");
      await cluster.waitFor("VolumeSnapshot/left", "deleted", { timeoutMs: 30_000 });
      await cluster.delete("PersistentVolumeClaim", "data");
      await expect.poll(() => namesIn("volumes"), soon).toEqual([]);
    });
    expect(namesIn("snapshots")).toHaveLength(2);
    await within(async cluster => {
      const kept = await contentsOf(cluster);
      expect(kept).toHaveLength(2);
      // The claim of that name has nothing to do with it any more.
      await cluster.apply(snapshot("before") + restored);
      const { status } = await ready(cluster, "before");
      expect(status).toEqual(first?.status);
      expect(await runs(cluster, "three", "restored", "cat /data/x")).toBe("first\n");
      // What its snapshot had left is nobody's: one of that name is made anew.
      await cluster.apply(claim("data") + snapshot("left"));
      const { status: anew } = await ready(cluster, "left");
      expect(kept).not.toContain(anew?.boundVolumeSnapshotContentName);
      expect(namesIn("snapshots")).toHaveLength(3);
      await cluster.delete(snapshotKind, "before");
      await cluster.waitFor("VolumeSnapshot/before", "deleted", { timeoutMs: 30_000 });
      await expect.poll(() => namesIn("snapshots"), soon).toHaveLength(2);
      await expect.poll(() => namesIn("records/snapshots"), soon).toHaveLength(2);
    });
    await within(async cluster => {
      expect(await contentsOf(cluster)).toHaveLength(2);
      // A content that is kept is deleted by hand, its snapshot stays on the disk.
      const content = (await cluster.list(contentKind)).find(
        ({ spec }) => (spec as { readonly deletionPolicy?: string }).deletionPolicy === "Retain",
      );
      await cluster.delete(contentKind, content?.metadata.name ?? "");
      await expect.poll(() => namesIn("records/snapshots"), soon).toHaveLength(1);
    });
    expect(namesIn("snapshots")).toHaveLength(2);
  },
);

test("after a kill, too", patient, async () => {
  const manifest = join(place, "all.yaml");
  writeFileSync(manifest, claim("data") + pod("one", "data", "echo first > /data/x"));
  mkdirSync(join(place, "tmp"));
  const env = { PATH: process.env.PATH, HOME: place, TMPDIR: join(place, "tmp"), NODE_NO_WARNINGS: "1" };
  const k4s = (...args: readonly string[]) =>
    spawn(process.execPath, [join(built, "cli.js"), ...args], {
      env,
      cwd: place,
      stdio: ["ignore", "ignore", "inherit"],
    });
  const up = k4s("up", "--volumes", folder, "-f", manifest);
  try {
    await expect
      .poll(() => namesIn("volumes").some(name => existsSync(join(folder, "volumes", name, "x"))), soon)
      .toBe(true);
    writeFileSync(manifest, snapshot("before"));
    await expect.poll(async () => (await once(k4s("apply", "-f", manifest), "exit"))[0], soon).toBe(0);
    await expect.poll(() => namesIn("records/snapshots").length, soon).toBe(1);
  } finally {
    up.kill("SIGKILL");
    await once(up, "exit");
  }
  await within(async cluster => {
    await cluster.apply(claim("data") + snapshot("before") + restored);
    expect(await runs(cluster, "three", "restored", "cat /data/x")).toBe("first\n");
    const events = (await cluster.events("VolumeSnapshot/before")).map(event => (event as Event).reason);
    expect(events).not.toContain("CreatingSnapshot");
    expect(namesIn("snapshots")).toHaveLength(1);
  });
});

test(
  "what another process was about to delete is deleted, and no path of a record leads out of the folder",
  patient,
  async () => {
    await within(async cluster => {
      await cluster.apply(claim("data") + snapshot("before"));
      await ready(cluster, "before");
    });
    const [file = ""] = namesIn("records/snapshots");
    const path = join(folder, "records", "snapshots", file);
    const { default: record } = await import(path, { with: { type: "json" } });
    const marked = { "snapshot.storage.kubernetes.io/volumesnapshot-being-deleted": "yes" };
    const ref = { ...record.spec.volumeSnapshotRef, uid: "00000000-0000-4000-8000-000000000000" };
    const going = {
      ...record,
      metadata: { ...record.metadata, annotations: { ...record.metadata.annotations, ...marked } },
      spec: { ...record.spec, volumeSnapshotRef: ref },
    };
    writeFileSync(path, JSON.stringify(going));
    const outside = join(place, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "x"), "stays");
    const climbing = {
      ...record,
      metadata: { ...record.metadata, name: "climbing" },
      status: { ...record.status, snapshotHandle: "../../outside" },
    };
    writeFileSync(join(folder, "records", "snapshots", "climbing.json"), JSON.stringify(climbing));
    await within(async cluster => {
      await expect.poll(() => namesIn("snapshots"), soon).toEqual([]);
      await expect.poll(() => namesIn("records/snapshots"), soon).toEqual(["climbing.json"]);
      // A client writes to it, though no client can read its time exactly.
      await cluster.patch(contentKind, "climbing", { metadata: { labels: { seen: "yes" } } });
      await cluster.delete(contentKind, "climbing");
      await cluster.apply(snapshot("before"));
      expect(existsSync(join(outside, "x"))).toBe(true);
    });
  },
);

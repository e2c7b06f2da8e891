/** Storage drivers that a program brings along: one in another process, over CSI's gRPC on a socket, and one in this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Cluster, type ClusterOptions, type Event, type KubernetesObject, type StorageDriver } from "k4s";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readsTypeScript } from "./built.ts";

const name = "disk.csi.example.com";
/** Machines may be busy. */
const patient = { timeout: 60_000 };
const patience = { timeoutMs: 60_000 };
let folder: string;
let child: ChildProcess | undefined;
let called: string[];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "csi-")));
  called = [];
});
afterEach(async () => {
  if (child && child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
  child = undefined;
  rmSync(folder, { recursive: true });
});

/** Resolves when it listens. */
async function startDriver(...more: readonly string[]): Promise<void> {
  const file = join(import.meta.dirname, "csi-driver.ts");
  rmSync(join(folder, "s"), { force: true });
  const args = ["--import", readsTypeScript, file, folder, join(folder, "s"), ...more];
  child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const { stdout } = child;
  if (stdout) createInterface(stdout).on("line", line => called.push(line));
  await expect.poll(() => called, patient).toContain("listens");
}

const options = (): ClusterOptions => ({ nodes: 2, drivers: { [name]: { socket: join(folder, "s") } } });

const classOf = (named: string, parameters = "{}") => `
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: ${named} }
provisioner: ${name}
allowVolumeExpansion: true
parameters: ${parameters}`;
const claim = (named: string, ofClass: string, more = "") => `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${named} }
spec: { storageClassName: ${ofClass}, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } }${more} }`;
const pod = (named: string, of: string, line: string, more = "") => `
---
apiVersion: v1
kind: Pod
metadata: { name: ${named} }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0${more}
  containers:
    - { name: main, image: busybox, command: [sh, -c, ${JSON.stringify(line)}], volumeMounts: [{ name: d, mountPath: /data }] }
  volumes: [{ name: d, persistentVolumeClaim: { claimName: ${of} } }]`;

const phase = (wanted: string) => (object: KubernetesObject | undefined) =>
  (object as { status?: { phase?: string } } | undefined)?.status?.phase === wanted;

const told = async (cluster: Cluster, ref: string) =>
  (await cluster.events(ref)).map(each => `${(each as Event).reason}: ${(each as Event).message}`).join("\n");

test("a driver in another process makes, attaches, mounts, copies, grows and deletes volumes", {
  timeout: 60_000,
}, async () => {
  await startDriver();
  await using cluster = new Cluster(options());
  await cluster.start();
  await cluster.apply(
    `${classOf("disk")}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: { name: disk }
driver: ${name}
deletionPolicy: Delete${claim("data", "disk")}${pod("one", "data", "echo 42 > /data/x; sleep 1000")}`,
  );
  await cluster.waitFor("Pod/one", phase("Running"), { timeoutMs: 60_000 });
  const volume = (await cluster.get("PersistentVolumeClaim", "data"))?.spec.volumeName ?? "";
  await expect.poll(() => existsSync(join(folder, "volumes", volume, "x")), patient).toBe(true);
  const [attachment] = await cluster.list("VolumeAttachment");
  const source = { persistentVolumeName: volume };
  expect(attachment?.spec).toMatchObject({ attacher: name, source });
  expect(attachment?.status).toEqual({ attached: true, attachmentMetadata: { at: "/dev/machine-7" } });
  const nodeName = attachment?.spec.nodeName ?? "";
  const inUse = async () => (await cluster.get("Node", nodeName))?.status?.volumesInUse;
  expect(await inUse()).toEqual([`kubernetes.io/csi/${name}^${volume}`]);
  const { drivers } = (await cluster.get("CSINode", nodeName))?.spec ?? {};
  expect(drivers).toContainEqual({ name, nodeID: "machine-7", allocatable: { count: 3 } });
  expect((await cluster.get("CSIDriver", name))?.spec.attachRequired).toBe(true);
  expect(await told(cluster, "Pod/one")).toContain("SuccessfulAttachVolume");
  await cluster.patch("PersistentVolumeClaim", "data", {
    spec: { resources: { requests: { storage: "2Gi" } } },
  });
  await cluster.waitFor("PersistentVolumeClaim/data", found => found?.status?.capacity?.storage === "2Gi");
  await cluster.apply(`
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: { name: kept }
spec: { volumeSnapshotClassName: disk, source: { persistentVolumeClaimName: data } }`);
  await cluster.waitFor(
    "VolumeSnapshot/kept",
    found => (found as { status?: { readyToUse?: boolean } })?.status?.readyToUse === true,
  );
  const from = ", dataSource: { kind: VolumeSnapshot, name: kept, apiGroup: snapshot.storage.k8s.io }";
  await cluster.apply(claim("copy", "disk", from) + pod("two", "copy", "cat /data/x"));
  await cluster.waitFor("Pod/two", phase("Succeeded"), { timeoutMs: 60_000 });
  expect(await cluster.logs("Pod/two")).toBe("42\n");
  // A pod that has ended has let its volume go.
  await expect.poll(async () => (await cluster.list("VolumeAttachment")).length, patient).toBe(1);
  for (const each of ["one", "two"]) await cluster.delete("Pod", each);
  for (const each of ["data", "copy"]) await cluster.delete("PersistentVolumeClaim", each);
  await cluster.delete("VolumeSnapshot.snapshot.storage.k8s.io", "kept");
  await expect.poll(() => readdirSync(join(folder, "volumes")), patient).toEqual([]);
  await expect.poll(() => readdirSync(join(folder, "snapshots")), patient).toEqual([]);
  expect(await cluster.list("VolumeAttachment")).toEqual([]);
  // What the driver wrote of its calls comes through a pipe, after what it did.
  const calls = (rpc: string) => called.flatMap((each, i) => (each === rpc ? [i] : []));
  await expect.poll(() => calls("DeleteVolume").length, patient).toBeGreaterThanOrEqual(2);
  expect(called.indexOf("NodeUnpublishVolume")).toBeLessThan(called.indexOf("ControllerUnpublishVolume"));
  // Of the second volume, too. A call whose outcome could not be written down at once is made again, whenever that is.
  expect(calls("ControllerUnpublishVolume")[1]).toBeLessThan(calls("DeleteVolume").at(-1) ?? 0);
  await expect
    .poll(() => called, patient)
    .toEqual(
      expect.arrayContaining(
        "CreateVolume ControllerPublishVolume NodeStageVolume NodePublishVolume ControllerExpandVolume NodeExpandVolume CreateSnapshot NodeUnpublishVolume NodeUnstageVolume ControllerUnpublishVolume DeleteVolume DeleteSnapshot".split(
          " ",
        ),
      ),
    );
});

test("a driver that is full or hangs holds up its own claims alone, and says why", {
  timeout: 60_000,
}, async () => {
  await startDriver();
  await using cluster = new Cluster(options());
  await cluster.start();
  const hanging = Array.from({ length: 3 }, (_, i) => claim(`hangs-${i}`, "hangs")).join("");
  await cluster.apply(
    classOf("full", '{ full: "yes" }') +
      classOf("hangs", '{ hangs: "yes" }') +
      classOf("disk") +
      hanging +
      claim("full", "full"),
  );
  await expect
    .poll(() => told(cluster, "PersistentVolumeClaim/full"), patient)
    .toContain(
      'ProvisioningFailed: failed to provision volume with StorageClass "full": rpc error: code = ResourceExhausted desc = no space left',
    );
  await cluster.apply(
    claim("data", "disk") + claim("own", "standard") + pod("one", "data", "echo 1 > /data/x"),
  );
  await cluster.waitFor("Pod/one", phase("Succeeded"), { timeoutMs: 60_000 });
  await cluster.waitFor("PersistentVolumeClaim/own", phase("Bound"), { timeoutMs: 60_000 });
  await expect
    .poll(() => told(cluster, "PersistentVolumeClaim/hangs-0"), patient)
    .toContain("DeadlineExceeded");
});

test("a driver that is not there yet is waited for, and one that ends is found again", {
  timeout: 60_000,
}, async () => {
  await using cluster = new Cluster(options());
  await cluster.start();
  await cluster.apply(classOf("disk") + claim("data", "disk"));
  await expect
    .poll(() => told(cluster, "PersistentVolumeClaim/data"), patient)
    .toContain("rpc error: code = Unavailable desc = connection error");
  await startDriver();
  await cluster.waitFor("PersistentVolumeClaim/data", phase("Bound"), { timeoutMs: 60_000 });
  child?.kill("SIGKILL");
  await once(child as ChildProcess, "exit");
  called = [];
  await startDriver();
  await cluster.apply(pod("one", "data", "echo 1 > /data/x"));
  await cluster.waitFor("Pod/one", phase("Succeeded"), { timeoutMs: 60_000 });
});

test("a volume that one node at a time may have is on no second one until the first has let it go", {
  timeout: 120_000,
}, async () => {
  await using cluster = new Cluster({ nodes: 2, volumes: folder });
  await cluster.start();
  const on = (node: string) => `\n  nodeSelector: { kubernetes.io/hostname: ${node} }`;
  await cluster.apply(
    claim("data", "standard") + pod("one", "data", "echo 1 > /data/x; sleep 1000", on("node-0")),
  );
  await cluster.waitFor("Pod/one", phase("Running"), { timeoutMs: 60_000 });
  await cluster.apply(
    pod("same", "data", "cat /data/x", on("node-0")) + pod("two", "data", "cat /data/x", on("node-1")),
  );
  await cluster.waitFor("Pod/same", phase("Succeeded"), { timeoutMs: 60_000 });
  await expect
    .poll(() => told(cluster, "Pod/two"), patient)
    .toMatch(
      /FailedAttachVolume: Multi-Attach error for volume "pvc-.*" Volume is already used by pod\(s\) one/,
    );
  await cluster.delete("Pod", "one");
  await cluster.delete("Pod", "same");
  await cluster.waitFor("Pod/two", phase("Succeeded"), { timeoutMs: 60_000 });
  expect(await cluster.logs("Pod/two")).toBe("1\n");
});

test("a claim that one pod may have waits for that pod, also on its node, with a driver in another process", {
  timeout: 120_000,
}, async () => {
  await startDriver("writers");
  await using cluster = new Cluster(options());
  await cluster.start();
  const alone = claim("data", "disk").replace("ReadWriteOnce", "ReadWriteOncePod");
  await cluster.apply(classOf("disk") + alone + pod("one", "data", "echo 1 > /data/x; sleep 1000"));
  await cluster.waitFor("Pod/one", phase("Running"), { timeoutMs: 60_000 });
  await expect.poll(() => told(cluster, "Pod/one"), patient).toContain("Started");
  await cluster.apply(pod("two", "data", "cat /data/x") + pod("three", "data", "cat /data/x"));
  for (const each of ["two", "three"])
    await expect
      .poll(() => told(cluster, `Pod/${each}`), patient)
      .toContain("PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod");
  await cluster.delete("Pod", "one");
  // One after the other.
  for (const each of ["two", "three"]) await cluster.waitFor(`Pod/${each}`, phase("Succeeded"), patience);
  expect(await Promise.all(["two", "three"].map(each => cluster.logs(`Pod/${each}`)))).toEqual([
    "1\n",
    "1\n",
  ]);
});

test("a driver in this process is an object with CSI's names", { timeout: 120_000 }, async () => {
  const made = new Map<string, number>();
  const driver: StorageDriver = {
    name,
    async createVolume({ name: volumeId, capacityRange: { requiredBytes } }) {
      made.set(volumeId, requiredBytes);
      return { volumeId, capacityBytes: requiredBytes };
    },
    async deleteVolume({ volumeId }) {
      made.delete(volumeId);
    },
    async nodePublishVolume() {},
    async nodeUnpublishVolume() {},
  };
  await using cluster = new Cluster({ drivers: { [name]: driver } });
  await cluster.start();
  await cluster.apply(classOf("own") + claim("data", "own"));
  await cluster.waitFor("PersistentVolumeClaim/data", phase("Bound"), { timeoutMs: 60_000 });
  expect([...made.values()]).toEqual([2 ** 30]);
  await cluster.delete("PersistentVolumeClaim", "data");
  await expect.poll(() => made.size, patient).toBe(0);
  expect(() => new Cluster({ drivers: { "folder.csi.k4s.dev": driver } })).toThrow("comes along");
  expect(() => new Cluster({ drivers: { other: driver } })).toThrow(`name must be other, not ${name}`);
  expect(() => new Cluster({ drivers: { [name]: {} as never } })).toThrow("createVolume");
});

test("what is read only cannot be written to by the program", { timeout: 120_000 }, async () => {
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await cluster.apply(claim("data", "standard") + pod("one", "data", "echo 1 > /data/x"));
  await cluster.waitFor("Pod/one", phase("Succeeded"), { timeoutMs: 60_000 });
  const line = "cat /data/x; echo 2 > /data/x || echo refused; rm /data/x || echo refused";
  await cluster.apply(
    pod("two", "data", line).replace("claimName: data }", "claimName: data, readOnly: true }"),
  );
  await cluster.waitFor("Pod/two", phase("Succeeded"), { timeoutMs: 60_000 });
  expect((await cluster.logs("Pod/two")).split("\n")).toEqual(
    expect.arrayContaining(["1", "refused", "refused"]),
  );
  const [volume = ""] = readdirSync(join(folder, "volumes"));
  expect(readFileSync(join(folder, "volumes", volume, "x"), "utf8")).toBe("1\n");
});

test("a driver gets Secrets on the node, and makes volumes that are described in a pod and live as long", {
  timeout: 120_000,
}, async () => {
  const published: object[] = [];
  const driver: StorageDriver = {
    name,
    createVolume: async () => ({ volumeId: "v", capacityBytes: 0 }),
    deleteVolume: async () => {},
    async nodePublishVolume({ targetPath, secrets, volumeContext, readonly }) {
      published.push({ secrets, volumeContext, readonly });
      mkdirSync(targetPath);
      writeFileSync(join(targetPath, "x"), "inline\n");
    },
    async nodeUnpublishVolume({ targetPath }) {
      rmSync(targetPath, { recursive: true, force: true });
    },
  };
  await using cluster = new Cluster({ drivers: { [name]: driver } });
  await cluster.start();
  const inline = `{ driver: ${name}, readOnly: true, volumeAttributes: { kind: small }, nodePublishSecretRef: { name: key } }`;
  const inlinePod = (named: string) =>
    pod(named, "", "cat /data/x; echo 1 > /data/y || echo refused").replace(
      "persistentVolumeClaim: { claimName:  }",
      `csi: ${inline}`,
    );
  await cluster.apply(inlinePod("early"));
  await expect
    .poll(() => told(cluster, "Pod/early"), patient)
    .toContain(
      'volume mode "Ephemeral" not supported by driver disk.csi.example.com (only supports ["Persistent"])',
    );
  await cluster.delete("CSIDriver", name);
  await cluster.apply(`
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: { name: ${name} }
spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: [Persistent, Ephemeral] }
---
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { password: "42" }`);
  await cluster.waitFor("Pod/early", phase("Succeeded"), { timeoutMs: 60_000 });
  expect(await cluster.logs("Pod/early")).toMatch(/inline\n(.*\n)?refused\n/);
  expect(published).toHaveLength(1);
  expect(published[0]).toMatchObject({
    secrets: { password: "42" },
    readonly: true,
    volumeContext: {
      kind: "small",
      "csi.storage.k8s.io/ephemeral": "true",
      "csi.storage.k8s.io/pod.name": "early",
      "csi.storage.k8s.io/serviceAccount.name": "default",
    },
  });
  await cluster.patch("Secret", "key", { stringData: { password: "43" } });
  await cluster.apply(inlinePod("late"));
  await cluster.waitFor("Pod/late", phase("Succeeded"), patience);
  expect(published[1]).toMatchObject({ secrets: { password: "43" } });
  await cluster.delete("Secret", "key");
  await cluster.apply(inlinePod("without"));
  await expect.poll(() => told(cluster, "Pod/without"), patient).toContain('secrets "key" not found');
  await cluster.apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "key" },
    stringData: { password: "44" },
  });
  await cluster.waitFor("Pod/without", phase("Succeeded"), patience);
  expect(published[2]).toMatchObject({ secrets: { password: "44" } });
});

test.each([
  ["has one word for them", [], [1, 1]],
  ["tells them apart", ["writers"], [7, 6]],
])(
  "one writing node and one writing pod: a driver that %s is asked so",
  { timeout: 60_000 },
  async (_, more, modes) => {
    await startDriver(...more);
    await using cluster = new Cluster(options());
    await cluster.start();
    await cluster.apply(classOf("disk"));
    for (const [i, mode] of ["ReadWriteOnce", "ReadWriteOncePod"].entries()) {
      called.length = 0;
      const own = claim(`c${i}`, "disk").replace("[ReadWriteOnce]", `[${mode}]`);
      await cluster.apply(own + pod(`p${i}`, `c${i}`, "echo 1 > /data/x"));
      await cluster.waitFor(`Pod/p${i}`, phase("Succeeded"), { timeoutMs: 30_000 });
      const told = ["CreateVolume", "ControllerPublishVolume", "NodeStageVolume", "NodePublishVolume"];
      expect(called).toEqual(expect.arrayContaining(told.map(rpc => `${rpc} ${modes[i]}`)));
    }
  },
);

/** A folder of volumes that outlives its cluster: the next one with it has the volumes again, each for the claim of the same name. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type ClusterOptions, type PersistentVolume } from "k4s";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "again-test-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

const manifest = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: late }
provisioner: folder.csi.k4s.dev
reclaimPolicy: Retain
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: late }
spec: { storageClassName: late, accessModes: [ReadWriteOnce], resources: { requests: { storage: 2Gi } } }
---
apiVersion: v1
kind: Pod
metadata: { name: writer }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: busybox
      command: [sh, -c, "echo 1 >> /data/x; echo 2 >> /late/x; cat /data/x /late/x"]
      volumeMounts: [{ name: d, mountPath: /data }, { name: l, mountPath: /late }]
  volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }, { name: l, persistentVolumeClaim: { claimName: late } }]`;

const namesIn = (part: string) =>
  existsSync(join(folder, part)) ? readdirSync(join(folder, part)).sort() : [];

/** Runs the pod, and does what is given; resolves to what the pod has printed. */
async function runs(
  act: (cluster: Cluster) => Promise<void> = async () => {},
  options: ClusterOptions = {},
): Promise<unknown> {
  await using cluster = new Cluster({ ...options, volumes: folder });
  await cluster.start();
  await cluster.apply(manifest);
  await cluster.waitFor("Pod/writer", found => found?.status?.phase === "Succeeded", { timeoutMs: 60_000 });
  const printed = await cluster.logs("Pod/writer");
  await act(cluster);
  return printed;
}

const volumesOf = async (cluster: Cluster) => (await cluster.list("PersistentVolume")) as PersistentVolume[];

test("what was written is there in the next cluster, and goes with its claim there", {
  timeout: 120_000,
}, async () => {
  expect(await runs()).toBe("1\n2\n");
  const names = namesIn("volumes");
  expect(namesIn("records")).toEqual(names.map(name => `${name}.json`));
  const second = await runs(async cluster => {
    expect((await volumesOf(cluster)).map(({ metadata }) => metadata.name).sort()).toEqual(names);
    await cluster.delete("Pod", "writer");
    await cluster.delete("PersistentVolumeClaim", "data");
    await cluster.delete("PersistentVolumeClaim", "late");
    await expect.poll(() => namesIn("records").length, { timeout: 20_000 }).toBe(1);
    const left = async () => (await volumesOf(cluster)).map(({ status }) => status?.phase);
    await expect.poll(left, { timeout: 20_000 }).toEqual(["Released"]);
  });
  expect(second).toBe("1\n1\n2\n2\n");
  expect(namesIn("volumes")).toHaveLength(1);
  // What its claim had left, and was retained, is nobody's; it is not taken by a claim of the same name.
  expect(await runs()).toBe("1\n2\n");
  expect(namesIn("volumes")).toHaveLength(3);
});

test("volumes that are applied as another cluster had them lose nothing", { timeout: 120_000 }, async () => {
  let dumped: PersistentVolume[] = [];
  await runs(async cluster => {
    dumped = await volumesOf(cluster);
  });
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await cluster.waitFor(
    `PersistentVolume/${dumped[0]?.metadata.name}`,
    found => found?.status?.phase === "Available",
    { timeoutMs: 20_000 },
  );
  for (const { apiVersion, kind, metadata, spec } of dumped)
    await cluster.apply({ apiVersion, kind, metadata: { name: metadata.name }, spec } as never);
  await cluster.apply(manifest);
  await cluster.waitFor("Pod/writer", found => found?.status?.phase === "Succeeded", { timeoutMs: 60_000 });
  expect(await cluster.logs("Pod/writer")).toBe("1\n1\n2\n2\n");
});

test("a record that cannot be read is told of, one without its folder is left out", {
  timeout: 120_000,
}, async () => {
  await runs();
  const [first = "", second = ""] = namesIn("volumes");
  writeFileSync(join(folder, "records", `${first}.json`), '{"kind":');
  rmSync(join(folder, "volumes", second), { recursive: true });
  const faults: unknown[] = [];
  await using cluster = new Cluster({ volumes: folder, onFault: fault => void faults.push(fault) });
  await cluster.start();
  expect(await volumesOf(cluster)).toEqual([]);
  expect(faults.map(String).join()).toContain(`${first}.json cannot be read`);
  expect(namesIn("records")).toEqual([`${first}.json`]);
  expect(readFileSync(join(folder, "volumes", first, "x"), "utf8")).toMatch(/^[12]\n$/);
});

/** Volumes through their lives, in a whole cluster: made for claims, kept through pods, removed or retained by their policy. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type KubernetesObject } from "k4s";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event } from "../src/resources/index.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "storage-test-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

const claim = (name: string, more = "") => `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } }${more} }`;

/** A pod that runs one line of shell, with the claim at /data. */
const pod = (name: string, of: string, line: string, more = "") => `
---
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - { name: main, image: busybox, command: [sh, -c, ${JSON.stringify(line)}], volumeMounts: [{ name: d, mountPath: /data }] }
  volumes: [{ name: d, persistentVolumeClaim: { claimName: ${of} } }]
${more}`;

const phase = (wanted: string) => (object: KubernetesObject | undefined) =>
  (object as { status?: { phase?: string } } | undefined)?.status?.phase === wanted;

async function nameOfVolume(cluster: Cluster, name: string): Promise<string> {
  const found = await cluster.get("PersistentVolumeClaim", name);
  return found?.spec.volumeName ?? "";
}

test("a claim that names no class gets a volume; what a pod writes another reads; both go with the claim", async () => {
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await cluster.apply(claim("data") + pod("one", "data", "echo 42 > /data/x; mkdir /data/d"));
  await cluster.waitFor("Pod/one", phase("Succeeded"));
  const volume = await nameOfVolume(cluster, "data");
  expect(readFileSync(join(folder, "volumes", volume, "x"), "utf8")).toBe("42\n");
  await cluster.delete("Pod", "one");
  await cluster.apply(pod("two", "data", "cat /data/x; ls /data"));
  await cluster.waitFor("Pod/two", phase("Succeeded"));
  expect(await cluster.logs("Pod/two")).toBe("42\nd\nx\n");
  const reasons = (await cluster.events("PersistentVolumeClaim/data")).map(event => (event as Event).reason);
  expect(reasons).toEqual(expect.arrayContaining(["Provisioning", "ProvisioningSucceeded"]));
  await cluster.delete("Pod", "two");
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.waitFor(`PersistentVolume/${volume}`, "deleted");
  expect(readdirSync(join(folder, "volumes"))).toEqual([]);
});

test("a claim that is deleted while it is used stays until its pod is gone", async () => {
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await cluster.apply(claim("data") + pod("user", "data", "echo 1 > /data/x; sleep 1000"));
  await cluster.waitFor("Pod/user", phase("Running"));
  await cluster.delete("PersistentVolumeClaim", "data");
  const volume = await nameOfVolume(cluster, "data");
  expect((await cluster.get("PersistentVolumeClaim", "data"))?.status?.phase).toBe("Bound");
  await expect.poll(() => existsSync(join(folder, "volumes", volume, "x"))).toBe(true);
  await cluster.delete("Pod", "user");
  await cluster.waitFor("PersistentVolumeClaim/data", "deleted");
  await cluster.waitFor(`PersistentVolume/${volume}`, "deleted");
  expect(existsSync(join(folder, "volumes", volume))).toBe(false);
});

test("what is retained is there after its claim, after its object, and after the cluster", async () => {
  const kept = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: kept }
provisioner: folder.csi.k4s.dev
reclaimPolicy: Retain
volumeBindingMode: WaitForFirstConsumer`;
  await using cluster = new Cluster({ volumes: folder, nodes: 2 });
  await cluster.start();
  await cluster.apply(kept + claim("data", ", storageClassName: kept"));
  await expect
    .poll(async () => (await cluster.events("PersistentVolumeClaim/data")).length)
    .toBeGreaterThan(0);
  await cluster.waitFor("PersistentVolumeClaim/data", phase("Pending"));
  await cluster.apply(pod("user", "data", "echo 1 > /data/x"));
  await cluster.waitFor("Pod/user", phase("Succeeded"));
  const found = await cluster.get("PersistentVolumeClaim", "data");
  const { nodeName } = (await cluster.get("Pod", "user"))?.spec ?? {};
  expect(found?.metadata.annotations?.["volume.kubernetes.io/selected-node"]).toMatch(/^node-[01]$/);
  expect(nodeName).toMatch(/^node-[01]$/);
  const volume = await nameOfVolume(cluster, "data");
  await cluster.delete("Pod", "user");
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.waitFor(`PersistentVolume/${volume}`, phase("Released"));
  await cluster.delete("PersistentVolume", volume);
  await cluster.waitFor(`PersistentVolume/${volume}`, "deleted");
  await cluster.stop();
  expect(readFileSync(join(folder, "volumes", volume, "x"), "utf8")).toBe("1\n");
});

test("a cluster that begins with the objects of another finds its volumes", async () => {
  let objects: KubernetesObject[];
  {
    await using cluster = new Cluster({ volumes: folder });
    await cluster.start();
    await cluster.apply(claim("data") + pod("one", "data", "echo 42 > /data/x"));
    await cluster.waitFor("Pod/one", phase("Succeeded"));
    objects = (
      await Promise.all(
        ["PersistentVolume", "PersistentVolumeClaim"].map(kind => cluster.list(kind as never)),
      )
    ).flat();
  }
  await using cluster = new Cluster({ volumes: folder, objects });
  await cluster.start();
  await cluster.apply(pod("two", "data", "cat /data/x"));
  await cluster.waitFor("Pod/two", phase("Succeeded"));
  expect(await cluster.logs("Pod/two")).toBe("42\n");
});

test("without a folder of its own the volumes go with the cluster", async () => {
  const left = () =>
    readdirSync(tmpdir()).filter(
      name => /^k4s-(storage|volumes)-/.test(name) && name.includes(`-${process.pid}-`),
    );
  const before = left();
  await using cluster = new Cluster();
  await cluster.start();
  await cluster.apply(claim("data") + pod("one", "data", "echo 42 > /data/x"));
  await cluster.waitFor("Pod/one", phase("Succeeded"));
  expect(left().length).toBe(before.length + 2);
  await cluster.stop();
  expect(left()).toEqual(before);
});

test("a folder of the machine is mounted where it is allowed; all else keeps its pod waiting, and says why", async () => {
  mkdirSync(join(folder, "open"));
  writeFileSync(join(folder, "secret"), "1");
  symlinkSync(folder, join(folder, "open", "out"));
  await using cluster = new Cluster({ hostPaths: [join(folder, "open")] });
  await cluster.start();
  const mounting = (name: string, path: string) => `
---
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  restartPolicy: Never
  containers:
    - { name: main, image: busybox, command: [sh, -c, "ls /host; echo 1 > /host/x"], volumeMounts: [{ name: h, mountPath: /host }] }
  volumes: [{ name: h, hostPath: { path: ${JSON.stringify(path)} } }]`;
  await cluster.apply(
    mounting("inside", join(folder, "open", "made")) +
      mounting("outside", folder) +
      mounting("climbs", join(folder, "open", "out")),
  );
  await cluster.waitFor("Pod/inside", phase("Succeeded"));
  expect(readFileSync(join(folder, "open", "made", "x"), "utf8")).toBe("1\n");
  const told = async (name: string) =>
    (await cluster.events(`Pod/${name}`)).map(event => (event as Event).message ?? "").join("\n");
  await expect.poll(() => told("outside")).toContain(`hostPath ${folder} is not allowed: it is in none of`);
  await expect.poll(() => told("climbs")).toContain(`is not allowed: it leads to ${folder}`);
  expect((await cluster.get("Pod", "climbs"))?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
    "ContainerCreating",
  );
  expect(readdirSync(folder).sort()).toEqual(["open", "secret"]);
});

test("a pod that writes more into an empty folder than it may is evicted", { timeout: 40_000 }, async () => {
  await using cluster = new Cluster();
  await cluster.start();
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: greedy }
spec:
  containers:
    - { name: main, image: busybox, command: [sh, -c, "head -c 2000000 /dev/zero > /cache/x; sleep 1000"], volumeMounts: [{ name: cache, mountPath: /cache }] }
  volumes: [{ name: cache, emptyDir: { sizeLimit: 1Mi } }]`);
  const pod = await cluster.waitFor("Pod/greedy", phase("Failed"), { timeoutMs: 35_000 });
  expect(pod?.status).toMatchObject({
    reason: "Evicted",
    message: 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
  });
});

const set = (replicas: number, more = "") => `
---
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: ${replicas}
  serviceName: db
  selector: { matchLabels: { app: db } }${more}
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: busybox
          command: [sh, -c, "hostname >> /data/names; sleep 1000"]
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }`;

const isRunning = (object: KubernetesObject | undefined) =>
  (object as { status?: { readyReplicas?: number } } | undefined)?.status?.readyReplicas === 2;

test("the claims of a StatefulSet stay with their ordinals, over pods, scale and another cluster", {
  timeout: 60_000,
}, async () => {
  const kinds = ["PersistentVolume", "PersistentVolumeClaim", "StatefulSet", "Service"] as const;
  let objects: KubernetesObject[] = [];
  const namesOf = async (cluster: Cluster, ordinal: number) => {
    const volume = await nameOfVolume(cluster, `data-db-${ordinal}`);
    const file = join(folder, "volumes", volume, "names");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  {
    await using cluster = new Cluster({ volumes: folder, nodes: 2 });
    await cluster.start();
    await cluster.apply(set(2));
    await cluster.waitFor("StatefulSet/db", isRunning);
    await expect.poll(() => namesOf(cluster, 1), { timeout: 20_000 }).toBe("db-1\n");
    await cluster.delete("Pod", "db-1");
    await expect.poll(() => namesOf(cluster, 1), { timeout: 20_000 }).toBe("db-1\ndb-1\n");
    await cluster.scale("StatefulSet/db", 1);
    await cluster.waitFor("Pod/db-1", "deleted");
    await cluster.scale("StatefulSet/db", 2);
    await expect.poll(() => namesOf(cluster, 1), { timeout: 20_000 }).toBe("db-1\ndb-1\ndb-1\n");
    objects = (await Promise.all(kinds.map(kind => cluster.list(kind)))).flat();
  }
  await using cluster = new Cluster({
    volumes: folder,
    nodes: 2,
    objects: objects.filter(({ metadata }) => metadata.name !== "kubernetes"),
  });
  await cluster.start();
  await expect.poll(() => namesOf(cluster, 1), { timeout: 20_000 }).toBe("db-1\ndb-1\ndb-1\ndb-1\n");
  await expect.poll(() => namesOf(cluster, 0), { timeout: 20_000 }).toBe("db-0\ndb-0\n");
});

test("a StatefulSet takes its claims with it where it says so", { timeout: 40_000 }, async () => {
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await cluster.apply(
    set(2, "\n  persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete, whenScaled: Delete }"),
  );
  await cluster.waitFor("StatefulSet/db", isRunning);
  await cluster.scale("StatefulSet/db", 1);
  await cluster.waitFor("PersistentVolumeClaim/data-db-1", "deleted");
  await expect.poll(() => readdirSync(join(folder, "volumes"))).toHaveLength(1);
  await cluster.delete("StatefulSet", "db");
  await cluster.waitFor("PersistentVolumeClaim/data-db-0", "deleted");
  await expect.poll(() => readdirSync(join(folder, "volumes")), { timeout: 5_000 }).toEqual([]);
});

test("names that climb out of a volume are refused: keys of a Secret, subPaths through a link", async () => {
  await using cluster = new Cluster({ volumes: folder });
  await cluster.start();
  await expect(
    cluster.apply(`
apiVersion: v1
kind: Secret
metadata: { name: s }
stringData: { "../x": "1" }`),
  ).rejects.toThrow("../x");
  await cluster.apply(
    claim("data") + pod("one", "data", "ln -s / /data/out; ln -s ../.. /data/up; mkdir /data/in"),
  );
  await cluster.waitFor("Pod/one", phase("Succeeded"));
  const through = (name: string, subPath: string) =>
    pod(name, "data", "ls /data").replace("mountPath: /data", `mountPath: /data, subPath: ${subPath}`);
  await cluster.apply(through("inside", "in") + through("root", "out/etc") + through("above", "up"));
  await cluster.waitFor("Pod/inside", phase("Succeeded"));
  for (const name of ["root", "above"]) {
    const found = await cluster.waitFor(
      `Pod/${name}`,
      object =>
        (object as { status?: { containerStatuses?: { state?: { waiting?: { reason?: string } } }[] } })
          ?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError",
    );
    expect(found?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(
      "leads out of the volume",
    );
  }
});

test("a subPath that another pod exchanges for a link, while it is mounted, leads nowhere", async () => {
  await using cluster = new Cluster({ volumes: join(folder, "volumes") });
  const outside = join(folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret"), "of the machine");
  await cluster.start();
  await cluster.apply(claim("data") + pod("one", "data", "mkdir /data/in; echo 1 > /data/in/x"));
  await cluster.waitFor("Pod/one", phase("Succeeded"));
  const line =
    "touch /data/here; while [ -e /data/x ]; do sleep 0.05; done; cat /data/secret || echo none; echo 1 > /data/y || echo refused";
  await cluster.apply(
    pod("two", "data", line).replace("mountPath: /data", "mountPath: /data, subPath: in") +
      pod(
        "three",
        "data",
        `until [ -e /data/in/here ]; do sleep 0.05; done; mv /data/in /data/old; ln -s ${outside} /data/in`,
      ),
  );
  await cluster.waitFor(
    "Pod/two",
    object => object?.status?.phase === "Succeeded" || object?.status?.phase === "Failed",
  );
  const log = await cluster.logs("Pod/two");
  expect(log).not.toContain("of the machine");
  expect(log).toMatch(/none\n(.*\n)*refused\n$/);
  expect(readdirSync(outside)).toEqual(["secret"]);
});

test("the first pod runs on the node for which its volume was made, and others where the class allows it", {
  timeout: 60_000,
}, async () => {
  await using cluster = new Cluster({ nodes: 3, volumes: folder });
  await cluster.start();
  const zones = ["a", "b", "b"];
  for (const [i, zone] of zones.entries())
    await cluster.patch("Node", `node-${i}`, { metadata: { labels: { zone } } });
  const ofClass = (name: string, more = "") => `
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: ${name} }
provisioner: folder.csi.k4s.dev
volumeBindingMode: WaitForFirstConsumer${more}`;
  const inB = "\nallowedTopologies: [{ matchLabelExpressions: [{ key: zone, values: [b] }] }]";
  const names = ["late", "zoned"].flatMap(each => [1, 2, 3, 4, 5, 6].map(i => `${each}-${i}`));
  const each = names.map(
    name => claim(name, `, storageClassName: ${name.split("-")[0]}`) + pod(name, name, "echo 1 > /data/x"),
  );
  await cluster.apply(ofClass("late") + ofClass("zoned", inB) + each.join(""));
  for (const name of names) {
    const ended = await cluster.waitFor(`Pod/${name}`, phase("Succeeded"), { timeoutMs: 60_000 });
    const { nodeName } = (ended as { spec: { nodeName?: string } }).spec;
    const { annotations } = (await cluster.get("PersistentVolumeClaim", name))?.metadata ?? {};
    expect(annotations?.["volume.kubernetes.io/selected-node"]).toBe(nodeName);
    if (name.startsWith("zoned")) expect(nodeName).not.toBe("node-0");
  }
  const volume = await cluster.get("PersistentVolume", await nameOfVolume(cluster, "zoned-1"));
  expect(volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
    { matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }] },
  ]);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Controller } from "../../loop/index.ts";
import { node, pod, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft } from "../../resources/index.ts";
import { Scheduler } from "../../scheduler/index.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { volumeBinding } from "./volume-binding.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(volumeBinding(), claimProtection, volumeProtection);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

async function volume(name: string, storage: string, more: object = {}, marks: object = {}): Promise<void> {
  const hostPath = { path: "/tmp/v" };
  const spec = {
    capacity: { storage },
    accessModes: ["ReadWriteOnce"],
    hostPath,
    storageClassName: "manual",
  };
  const whole = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, ...marks },
    spec: { ...spec, ...more },
  };
  await cluster.create(whole as Draft);
  await cluster.settle();
}

async function claim(name: string, storage: string, more: object = {}): Promise<void> {
  const resources = { requests: { storage } };
  const spec = { accessModes: ["ReadWriteOnce"], resources, storageClassName: "manual", ...more };
  const metadata = { name, namespace: "demo" };
  await cluster.create({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec } as Draft);
  await cluster.settle();
}

const phaseOf = (kind: "PersistentVolume" | "PersistentVolumeClaim", name: string) =>
  cluster.the(kind, name).status?.phase;

/** The story claim-bound-and-released of kubernetes-1.35/stories. */
test("a claim gets the smallest volume that fits; the volume is released when the claim goes, and free when it names none", async () => {
  await volume("small", "1Gi");
  await volume("large", "9Gi");
  await volume("fitting", "3Gi");
  expect(phaseOf("PersistentVolume", "fitting")).toBe("Available");
  await claim("data", "2Gi");
  const { metadata, spec, status } = cluster.the("PersistentVolumeClaim", "data");
  expect(spec?.volumeName).toBe("fitting");
  expect(metadata.annotations).toEqual({
    "pv.kubernetes.io/bind-completed": "yes",
    "pv.kubernetes.io/bound-by-controller": "yes",
  });
  expect(status).toEqual({ phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "3Gi" } });
  expect(cluster.the("PersistentVolume", "fitting")).toMatchObject({
    metadata: { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } },
    spec: { claimRef: { kind: "PersistentVolumeClaim", namespace: "demo", name: "data", uid: metadata.uid } },
    status: { phase: "Bound" },
  });
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.advance(1_000);
  expect(phaseOf("PersistentVolume", "fitting")).toBe("Released");
  await claim("data", "2Gi");
  expect(cluster.the("PersistentVolumeClaim", "data").spec?.volumeName).toBe("large");
  await cluster.change("PersistentVolume", "fitting", ({ spec, ...rest }) => {
    const { claimRef: _, ...kept } = spec ?? {};
    return { ...rest, spec: kept };
  });
  await cluster.settle();
  expect(phaseOf("PersistentVolume", "fitting")).toBe("Available");
});

test.each<[string, object]>([
  ["another class", { storageClassName: "other" }],
  ["another way of access", { accessModes: ["ReadWriteMany"] }],
  ["blocks", { volumeMode: "Block" }],
  ["a label", { selector: { matchLabels: { disk: "fast" } } }],
  ["another volume", { volumeName: "nothing" }],
])("a claim that asks for %s stays pending until such a volume comes", async (_, more) => {
  await volume("v", "3Gi");
  await claim("data", "2Gi", more);
  expect(phaseOf("PersistentVolumeClaim", "data")).toBe("Pending");
  expect(phaseOf("PersistentVolume", "v")).toBe("Available");
});

test("a claim that came first is bound when a volume comes, and one that is made for it is its own", async () => {
  await claim("first", "1Gi");
  await volume("made", "1Gi", { claimRef: { namespace: "demo", name: "second" } });
  expect(phaseOf("PersistentVolumeClaim", "first")).toBe("Pending");
  await claim("second", "1Gi");
  expect(cluster.the("PersistentVolumeClaim", "second").spec?.volumeName).toBe("made");
  await volume("late", "1Gi");
  expect(cluster.the("PersistentVolumeClaim", "first").spec?.volumeName).toBe("late");
});

test.each<[string, object, string]>([
  ["is too small", { resources: { requests: { storage: "4Gi" } } }, "requested PV is too small"],
  ["is of another class", { storageClassName: "other" }, "storageClassName does not match"],
  ["has blocks", { volumeMode: "Block" }, "incompatible volumeMode"],
  ["can be read only", { accessModes: ["ReadWriteMany"] }, "incompatible accessMode"],
  ["is kept otherwise", { volumeAttributesClassName: "gold" }, "volumeAttributesClassName does not match"],
])("a claim that names a volume which %s stays pending, and is told so", async (_, more, why) => {
  await volume("v", "3Gi");
  await claim("data", "2Gi", { volumeName: "v", ...more });
  expect(phaseOf("PersistentVolumeClaim", "data")).toBe("Pending");
  expect(phaseOf("PersistentVolume", "v")).toBe("Available");
  await cluster.advance(1_000);
  const told = `Warning VolumeMismatch PersistentVolumeClaim/data: Cannot bind to requested volume "v": ${why}`;
  expect(cluster.events).toEqual([told]);
});

test("a claim that names a volume of another claim is told so, and has it when it is free", async () => {
  await volume("v", "3Gi", { claimRef: { namespace: "demo", name: "other" } });
  await claim("data", "2Gi", { volumeName: "v" });
  await cluster.advance(1_000);
  const told = `Warning FailedBinding PersistentVolumeClaim/data: volume "v" already bound to a different claim.`;
  expect(cluster.events).toEqual([told]);
  await cluster.change("PersistentVolume", "v", ({ spec: { claimRef: _, ...spec } = {}, ...rest }) => ({
    ...rest,
    spec,
  }));
  await cluster.settle();
  expect(phaseOf("PersistentVolumeClaim", "data")).toBe("Bound");
});

test.each<[string, string, object, string]>([
  ["fits", "2Gi", {}, "kept"],
  ["is of another class", "2Gi", { storageClassName: "other" }, "kept"],
  ["is too small", "1Gi", {}, "free"],
  ["can be read only", "2Gi", { accessModes: ["ReadOnlyMany"] }, "free"],
  ["has blocks", "2Gi", { volumeMode: "Block" }, "free"],
])(
  "where a volume names the claim and %s (%s), the claim has the right one",
  async (_, size, more, wanted) => {
    await volume("kept", size, { claimRef: { namespace: "demo", name: "data" }, ...more });
    await volume("free", "9Gi");
    await claim("data", "2Gi");
    expect(cluster.the("PersistentVolumeClaim", "data").spec?.volumeName).toBe(wanted);
  },
);

test.each<[string, object, string | undefined]>([
  ["is free again", { "pv.kubernetes.io/bound-by-controller": "yes" }, undefined],
  ["waits for a claim of that name", {}, "data"],
])("a volume whose claim has another one by now %s", async (_, annotations, wanted) => {
  await claim("data", "2Gi");
  const { uid } = cluster.the("PersistentVolumeClaim", "data").metadata;
  await volume("small", "1Gi", { claimRef: { namespace: "demo", name: "data", uid } }, { annotations });
  await volume("large", "3Gi");
  expect(cluster.the("PersistentVolumeClaim", "data").spec?.volumeName).toBe("large");
  const { spec, status } = cluster.the("PersistentVolume", "small");
  expect(status?.phase).toBe("Available");
  expect(spec?.claimRef?.uid).toBeUndefined();
  expect(spec?.claimRef?.name).toBe(wanted);
});

const storageClass = (more: object) =>
  ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "manual" },
    provisioner: "example.org/disk",
    ...more,
  }) as Draft;

test("with WaitForFirstConsumer it is bound when the scheduler has chosen for a pod that uses it", async () => {
  const scheduler = new Scheduler(cluster.store);
  scheduler.start();
  cluster.run(scheduler.controller as Controller);
  await cluster.create(node("node-1"));
  await cluster.create(storageClass({ volumeBindingMode: "WaitForFirstConsumer" }));
  await volume("v", "1Gi");
  await claim("data", "1Gi");
  expect(phaseOf("PersistentVolumeClaim", "data")).toBe("Pending");
  const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "data" } }];
  await cluster.create(pod("user", {}, { volumes }));
  await cluster.settle();
  await cluster.advance(2_000);
  expect(phaseOf("PersistentVolumeClaim", "data")).toBe("Bound");
  expect(cluster.the("Pod", "user").spec.nodeName).toBe("node-1");
  await scheduler.stop();
});

test("a pod stays without a node while its claim names a volume that it cannot have", async () => {
  const scheduler = new Scheduler(cluster.store);
  scheduler.start();
  cluster.run(scheduler.controller as Controller);
  await cluster.create(node("node-1"));
  await cluster.create(storageClass({ volumeBindingMode: "WaitForFirstConsumer" }));
  await volume("small", "1Gi");
  await volume("large", "9Gi");
  await claim("data", "2Gi", { volumeName: "small" });
  const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "data" } }];
  await cluster.create(pod("user", {}, { volumes }));
  await cluster.advance(5_000);
  const { spec, status } = cluster.the("Pod", "user");
  expect(spec.nodeName).toBeUndefined();
  const message = expect.stringContaining("pod has unbound immediate PersistentVolumeClaims");
  expect(status?.conditions).toMatchObject([{ type: "PodScheduled", status: "False", message }]);
  expect(phaseOf("PersistentVolume", "large")).toBe("Available");
  await scheduler.stop();
});

test("what a driver made for a claim that has another volume by now is left for it to delete", async () => {
  await claim("data", "2Gi");
  const { uid } = cluster.the("PersistentVolumeClaim", "data").metadata;
  await volume("own", "3Gi");
  const annotations = { "pv.kubernetes.io/provisioned-by": "disk.example.com" };
  const claimRef = { namespace: "demo", name: "data", uid };
  await volume("late", "2Gi", { persistentVolumeReclaimPolicy: "Delete", claimRef }, { annotations });
  expect(cluster.the("PersistentVolumeClaim", "data").spec?.volumeName).toBe("own");
  expect(phaseOf("PersistentVolume", "late")).toBe("Released");
});

test.each<[string, object, Draft | undefined, string]>([
  ["no class", { storageClassName: "" }, undefined, "Normal FailedBinding"],
  ["a class that is not there", {}, undefined, "Warning ProvisioningFailed"],
  ["a provisioner outside", {}, storageClass({}), "Normal ExternalProvisioning"],
  [
    "no provisioner",
    {},
    storageClass({ provisioner: "kubernetes.io/no-provisioner" }),
    "Warning ProvisioningFailed",
  ],
  ["a pod", {}, storageClass({ volumeBindingMode: "WaitForFirstConsumer" }), "Normal WaitForFirstConsumer"],
])("that a claim waits with %s is told, once in fifteen seconds", async (_, more, storage, event) => {
  if (storage) await cluster.create(storage);
  await claim("data", "1Gi", more);
  await cluster.advance(31_000);
  expect(cluster.events).toEqual([expect.stringMatching(`^${event} PersistentVolumeClaim/data: `)]);
  expect(cluster.store.list("Event")[0]?.count).toBe(3);
});

test.each([
  ["Delete", "/tmp/v", "gone"],
  ["Delete", "/var/v", "Failed"],
  ["Retain", "/tmp/v", "Released"],
])("with the policy %s, what a claim has left at %s is %s", async (policy, path, wanted) => {
  await volume("pv", "1Gi", { persistentVolumeReclaimPolicy: policy, hostPath: { path } });
  await claim("data", "1Gi");
  expect(phaseOf("PersistentVolume", "pv")).toBe("Bound");
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.advance(1_000);
  expect(cluster.get("PersistentVolume", "pv")?.status?.phase ?? "gone").toBe(wanted);
  const message = "host_path deleter only supports /tmp/.+ but received provided /var/v";
  const isFailed = wanted === "Failed";
  expect(cluster.events.includes(`Warning VolumeFailedDelete PersistentVolume/pv: ${message}`)).toBe(
    isFailed,
  );
});

test("a bound volume that was deleted goes with its claim", async () => {
  await volume("pv", "1Gi");
  await claim("data", "1Gi");
  await cluster.delete("PersistentVolume", "pv");
  expect(phaseOf("PersistentVolume", "pv")).toBe("Bound");
  await cluster.delete("PersistentVolumeClaim", "data");
  await cluster.advance(1_000);
  expect(cluster.get("PersistentVolume", "pv")).toBeUndefined();
});

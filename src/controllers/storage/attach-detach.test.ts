/** What is attached where, in virtual time: nodes are played, the driver only remembers. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Controller } from "../../loop/index.ts";
import { author, pod, TestCluster } from "../../loop/test-cluster.ts";
import { type Draft, type Node, nameInUse } from "../../resources/index.ts";
import { DriverError, type StorageDriver, StorageDrivers } from "../../storage/index.ts";
import { attachDetach, attacher, nodeDrivers, volumeProvisioning } from "./index.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { dataClaim, diskClass } from "./test-claims.ts";
import { volumeBinding } from "./volume-binding.ts";

const driverName = "disk.csi.example.com";
let cluster: TestCluster;
let called: string[];
let isRefusing: boolean;

beforeEach(async () => {
  called = [];
  isRefusing = false;
  cluster = await TestCluster.of();
  const refuse = () => {
    if (isRefusing) throw new DriverError("Unavailable", "not now");
  };
  const driver: StorageDriver = {
    name: driverName,
    nodeGetInfo: async ({ nodeName }) => ({ nodeId: `id-${nodeName}`, maxVolumesPerNode: 8 }),
    createVolume: async ({ name }) => ({ volumeId: name, capacityBytes: 2 ** 30 }),
    async deleteVolume() {
      called.push("delete");
    },
    async controllerPublishVolume({ nodeId }) {
      refuse();
      called.push(`attach ${nodeId}`);
      return {};
    },
    async controllerUnpublishVolume({ nodeId }) {
      refuse();
      called.push(`detach ${nodeId}`);
    },
    async nodePublishVolume() {},
    async nodeUnpublishVolume() {},
  };
  const drivers = new StorageDrivers([driver], cluster.clock);
  const parts = [
    volumeBinding(),
    claimProtection,
    volumeProtection,
    volumeProvisioning(drivers),
    nodeDrivers(drivers),
    attachDetach(),
    attacher(drivers),
  ];
  cluster.run(...(parts as Controller[]));
  for (const name of ["node-1", "node-2"])
    await cluster.create({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} } as Draft);
  await cluster.create(diskClass(driverName));
  await cluster.create(dataClaim());
  await cluster.settle();
});
afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "data" } }];
async function run(name: string, nodeName: string): Promise<void> {
  await cluster.create(pod(name, {}, { nodeName, volumes }) as Draft);
  // Events are written a moment later.
  await cluster.advance(100);
}
async function remove(kind: string, name: string, namespace = "demo"): Promise<void> {
  await cluster.registry.delete(kind, namespace, name, { author, gracePeriodSeconds: 0 });
  await cluster.settle();
}
const volumeName = () => cluster.store.list("PersistentVolume")[0]?.metadata.name ?? "";
async function says(node: string, isInUse: boolean): Promise<void> {
  const volumesInUse = isInUse ? [nameInUse(driverName, volumeName())] : [];
  const change = (found: Node) => ({ ...found, status: { ...found.status, volumesInUse } });
  await cluster.registry.modify("Node", "", node, change, { author, subresource: "status" });
  await cluster.settle();
}
const attachments = () =>
  cluster.store.list("VolumeAttachment").map(({ spec, status }) => `${spec.nodeName} ${status?.attached}`);
const told = (reason: string) => cluster.events.filter(each => each.includes(reason)).join("\n");

test("each node has a CSINode, each driver a CSIDriver; one that is taken away by hand comes again, and stays away", async () => {
  const first = cluster.store.get("CSINode", "", "node-1");
  expect(first?.metadata).toMatchObject({
    name: "node-1",
    ownerReferences: [{ kind: "Node", name: "node-1" }],
  });
  const own = { name: driverName, nodeID: "id-node-1", allocatable: { count: 8 } };
  expect(first?.spec).toEqual({ drivers: [own] });
  expect(cluster.store.get("CSIDriver", "", driverName)?.spec.attachRequired).toBe(true);
  await remove("CSINode", "node-1", "");
  await remove("CSIDriver", driverName, "");
  expect(cluster.store.list("CSINode")).toHaveLength(2);
  expect(cluster.store.list("CSIDriver")).toEqual([]);
});

test("a volume is attached for its first pod, and detached when the last has gone and the node has let it go", async () => {
  await run("one", "node-1");
  await run("two", "node-1");
  expect(attachments()).toEqual(["node-1 true"]);
  expect(called).toEqual(["attach id-node-1"]);
  expect(told("SuccessfulAttachVolume")).toContain(volumeName());
  await says("node-1", true);
  await remove("Pod", "one");
  await remove("Pod", "two");
  await remove("PersistentVolumeClaim", "data");
  expect(called).toEqual(["attach id-node-1"]);
  await says("node-1", false);
  await cluster.advance(2_000);
  expect(called).toEqual(["attach id-node-1", "detach id-node-1", "delete"]);
  expect(attachments()).toEqual([]);
  expect(cluster.store.list("PersistentVolume")).toEqual([]);
});

test("what one node at a time may have waits until the other has let it go", async () => {
  await run("one", "node-1");
  await says("node-1", true);
  await run("two", "node-2");
  expect(attachments()).toEqual(["node-1 true"]);
  expect(told("FailedAttachVolume")).toContain(
    `Multi-Attach error for volume "${volumeName()}" Volume is already used by pod(s) one`,
  );
  await remove("Pod", "one");
  await says("node-1", false);
  expect(attachments()).toEqual(["node-2 true"]);
  expect(called).toEqual(["attach id-node-1", "detach id-node-1", "attach id-node-2"]);
});

test("a driver that refuses is told of in the status and to the pod, and is asked again", async () => {
  isRefusing = true;
  await run("one", "node-1");
  const [attachment] = cluster.store.list("VolumeAttachment");
  expect(attachment?.status).toMatchObject({
    attached: false,
    attachError: { message: expect.stringContaining("not now") },
  });
  expect(told("FailedAttachVolume")).toContain(
    `AttachVolume.Attach failed for volume "${volumeName()}" : rpc error`,
  );
  isRefusing = false;
  await cluster.advance(5_000);
  expect(attachments()).toEqual(["node-1 true"]);
  isRefusing = true;
  await remove("Pod", "one");
  await cluster.advance(5_000);
  expect(cluster.store.list("VolumeAttachment")[0]?.status?.detachError?.message).toContain("not now");
  isRefusing = false;
  await cluster.advance(10_000);
  expect(attachments()).toEqual([]);
});

test("a node that was lost holds a volume for six minutes, one that was taken out of the cluster not at all", async () => {
  await run("one", "node-1");
  await says("node-1", true);
  const lost = (found: Node) => ({
    ...found,
    status: { ...found.status, conditions: [{ type: "Ready", status: "Unknown" as const }] },
  });
  await cluster.registry.modify("Node", "", "node-1", lost as never, { author, subresource: "status" });
  await remove("Pod", "one");
  await cluster.advance(300_000);
  expect(attachments()).toEqual(["node-1 true"]);
  await cluster.advance(70_000);
  expect(attachments()).toEqual([]);
  await run("two", "node-2");
  await says("node-2", true);
  await remove("Pod", "two");
  expect(attachments()).toEqual(["node-2 true"]);
  await remove("Node", "node-2", "");
  expect(attachments()).toEqual([]);
});

/** What a driver is told when it makes a volume, and what its PersistentVolume says of it: Secrets, file system, places. In virtual time. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Controller } from "../../loop/index.ts";
import { author, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft } from "../../resources/index.ts";
import {
  type CreateVolumeRequest,
  type StorageDriver,
  StorageDrivers,
  type Topology,
} from "../../storage/index.ts";
import { nodeDrivers, volumeProvisioning } from "./index.ts";
import { dataClaim, diskClass } from "./test-claims.ts";
import { volumeBinding } from "./volume-binding.ts";

const driverName = "disk.csi.example.com";
const zone = "topology.disk.csi.example.com/zone";
let cluster: TestCluster;
let made: CreateVolumeRequest[];
let deleted: unknown[];

beforeEach(async () => {
  made = [];
  deleted = [];
  cluster = await TestCluster.of();
  const driver: StorageDriver = {
    name: driverName,
    nodeGetInfo: async ({ nodeName }) => ({
      nodeId: nodeName,
      accessibleTopology: { [zone]: nodeName === "node-3" ? "b" : "a" },
    }),
    async createVolume(request) {
      made.push(request);
      const [first] = request.accessibilityRequirements?.preferred ?? [];
      return { volumeId: "v", capacityBytes: 0, ...(first && { accessibleTopology: [first] }) };
    },
    async deleteVolume(request) {
      deleted.push(request);
    },
    async nodePublishVolume() {},
    async nodeUnpublishVolume() {},
  };
  const drivers = new StorageDrivers([driver], cluster.clock);
  cluster.run(...([volumeBinding(), volumeProvisioning(drivers), nodeDrivers(drivers)] as Controller[]));
  for (const name of ["node-1", "node-2", "node-3"])
    await cluster.create({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} } as Draft);
  await cluster.settle();
});
afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

/** In a template. */
const token = (named: string) => `$\{${named}}`;
const at = (...zones: string[]): Topology[] => zones.map(each => ({ [zone]: each }));

/** The claim `data` of a class like this one. */
async function claim(ofClass: object, node?: string): Promise<void> {
  await cluster.create(diskClass(driverName, ofClass));
  const annotations = { team: "red", ...(node && { "volume.kubernetes.io/selected-node": node }) };
  await cluster.create(dataClaim(annotations));
  await cluster.advance(100);
}

test("a class names Secrets and the file system; the driver gets them, and no parameter of ours", async () => {
  await cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "red-data", namespace: "demo" },
    stringData: { password: "x" },
  } as Draft);
  const key = "csi.storage.k8s.io/";
  const parameters = {
    speed: "high",
    [`${key}fstype`]: "xfs",
    [`${key}provisioner-secret-name`]: `${token("pvc.annotations['team']")}-${token("pvc.name")}`,
    [`${key}provisioner-secret-namespace`]: token("pvc.namespace"),
    [`${key}node-publish-secret-name`]: `of-${token("pv.name")}`,
    [`${key}node-publish-secret-namespace`]: "kube-system",
  };
  await claim({ parameters });
  expect(made).toMatchObject([
    {
      parameters: { speed: "high" },
      secrets: { password: "x" },
      volumeCapabilities: [{ accessMode: "SINGLE_NODE_WRITER", fsType: "xfs" }],
    },
  ]);
  expect(made[0]?.parameters).toEqual({ speed: "high" });
  const [volume] = cluster.store.list("PersistentVolume");
  const nodePublishSecretRef = { name: `of-${volume?.metadata.name}`, namespace: "kube-system" };
  expect(volume?.spec?.csi).toMatchObject({ fsType: "xfs", nodePublishSecretRef });
  await cluster.registry.delete("PersistentVolumeClaim", "demo", "data", { author });
  await cluster.registry.modify(
    "PersistentVolumeClaim",
    "demo",
    "data",
    found => ({ ...found, metadata: { ...found.metadata, finalizers: [] } }),
    { author },
  );
  await cluster.advance(5_000);
  expect(deleted).toEqual([{ volumeId: "v", secrets: { password: "x" } }]);
});

test.each<[string, Record<string, string>, string]>([
  [
    "a Secret that is not there",
    { "provisioner-secret-name": "no", "provisioner-secret-namespace": "demo" },
    'secrets "no" not found',
  ],
  ["a Secret without a namespace", { "node-stage-secret-name": "no" }, "Both must be specified"],
  [
    "a template that says nothing",
    { "provisioner-secret-name": token("pod.name"), "provisioner-secret-namespace": "demo" },
    'invalid tokens: ["pod.name"]',
  ],
  ["a parameter that nobody knows", { colour: "red" }, 'unknown parameter key "csi.storage.k8s.io/colour"'],
])("%s is told of, and nothing is made that would be lost", async (_, given, told) => {
  const parameters = Object.entries(given).map(([key, value]) => [`csi.storage.k8s.io/${key}`, value]);
  await claim({ parameters: Object.fromEntries(parameters) });
  expect(cluster.events.join("\n")).toContain(told);
  expect(made).toEqual([]);
});

test("the places of nodes are their labels, and a volume can be had where its driver says", async () => {
  expect(cluster.store.get("Node", "", "node-3")?.metadata.labels).toMatchObject({ [zone]: "b" });
  expect(cluster.store.get("CSINode", "", "node-3")?.spec.drivers).toEqual([
    { name: driverName, nodeID: "node-3", topologyKeys: [zone] },
  ]);
  await claim({ volumeBindingMode: "WaitForFirstConsumer" }, "node-3");
  expect(made[0]?.accessibilityRequirements).toEqual({ requisite: at("a", "b"), preferred: at("b", "a") });
  const terms = [{ matchExpressions: [{ key: zone, operator: "In", values: ["b"] }] }];
  expect(cluster.store.list("PersistentVolume")[0]?.spec?.nodeAffinity?.required?.nodeSelectorTerms).toEqual(
    terms,
  );
});

test("allowedTopologies are all that comes into question", async () => {
  const allowedTopologies = [{ matchLabelExpressions: [{ key: zone, values: ["b"] }] }];
  await claim({ allowedTopologies });
  expect(made[0]?.accessibilityRequirements).toEqual({ requisite: at("b"), preferred: at("b") });
});

test("a node outside of allowedTopologies is told of", async () => {
  const allowedTopologies = [{ matchLabelExpressions: [{ key: zone, values: ["b"] }] }];
  await claim({ allowedTopologies, volumeBindingMode: "WaitForFirstConsumer" }, "node-1");
  expect(made).toEqual([]);
  expect(cluster.events.join("\n")).toContain('selected node "node-1" is in none of the allowedTopologies');
});

test("a claim from the dump of another cluster, where it had a volume, gets none made", async () => {
  await cluster.create(diskClass(driverName, {}));
  await cluster.create(
    dataClaim({
      "pv.kubernetes.io/bind-completed": "yes",
      "volume.kubernetes.io/storage-provisioner": driverName,
    }),
  );
  await cluster.advance(1_000);
  expect(made).toEqual([]);
  expect(cluster.the("PersistentVolumeClaim", "data").status?.phase).toBe("Lost");
});

/**
 * What is said of the drivers of this cluster, as by their installation and by Kubernetes' node-driver-registrar: a CSIDriver for each, where
 * nobody has made one, and for each node a CSINode with the drivers that serve it, by what they call it, how many volumes they can have
 * there and from where (also as labels of the node).
 */
import { controller, keyOf, settled, type World, waker } from "../../loop/index.ts";
import { type CSINode, isSame, type Node } from "../../resources/index.ts";
import { DriverError, type NodeInfo, type StorageDrivers, type Topology } from "../../storage/index.ts";
import { DriverRetries } from "./driver-retries.ts";

type NodeDriver = CSINode["spec"]["drivers"][number];

/** One that is taken away is made again. */
const csiNodes = waker("CSINode", function* ({ object: { metadata } }) {
  yield keyOf("Node", "", metadata.name);
});

export function nodeDrivers(drivers: StorageDrivers) {
  const retries = new DriverRetries();
  /** Those that have had their CSIDriver: one that is deleted by hand stays so. */
  const described = new Set<string>();
  /** By name: the uid of the node of which all has been said. A heartbeat asks no driver. */
  const done = new Map<string, string>();
  return controller<"Node">({
    name: "node-driver-registrar",
    kind: "Node",
    wokenBy: [csiNodes],
    concurrency: 20,
    concerns: ({ metadata: { name, uid } }, _, reader) =>
      done.get(name) !== uid || !reader.get("CSINode", "", name),
    async reconcile(node, world) {
      const { name, uid } = node.metadata;
      const found = world.get("CSINode", "", name);
      const early = found && retries.early(node, world);
      if (early) return early;
      const infos = await Promise.all(
        drivers.names.map(async driver => ({ driver, info: await infoOf(drivers, driver, name) })),
      );
      const own: NodeDriver[] = [];
      const labels: Record<string, string> = {};
      for (const { driver, info } of infos) {
        if (!info) continue;
        own.push(asNodeDriver(driver, info));
        Object.assign(labels, info.accessibleTopology);
        if (described.has(driver)) continue;
        described.add(driver);
        await describe(driver, drivers, world);
      }
      await write(node, found, own, drivers, world);
      await label(node, labels, world);
      if (own.length < infos.length) return retries.failed(node, world);
      retries.done(node);
      done.set(name, uid);
      return settled;
    },
    async gone({ name }) {
      done.delete(name);
      return settled;
    },
  });
}

/** Undefined while the driver does not answer: claims and pods that need it tell of that. */
async function infoOf(drivers: StorageDrivers, driver: string, node: string): Promise<NodeInfo | undefined> {
  try {
    return await drivers.nodeInfoOf(driver, node);
  } catch (error) {
    if (error instanceof DriverError) return undefined;
    throw error;
  }
}

function asNodeDriver(
  name: string,
  { nodeId, maxVolumesPerNode = 0, accessibleTopology = {} }: NodeInfo,
): NodeDriver {
  const topologyKeys = Object.keys(accessibleTopology);
  return {
    name,
    nodeID: nodeId,
    ...(topologyKeys.length > 0 && { topologyKeys }),
    ...(maxVolumesPerNode > 0 && { allocatable: { count: maxVolumesPerNode } }),
  };
}

async function describe(name: string, drivers: StorageDrivers, world: World): Promise<void> {
  if (world.get("CSIDriver", "", name)) return;
  const attachRequired = await drivers.can(name, "controllerPublishVolume");
  await world.create({
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name },
    spec: { attachRequired, podInfoOnMount: false, storageCapacity: false },
  });
}

/** The drivers of others that are entered there, by their own registrars, stay. */
async function write(
  { apiVersion, kind, metadata: { name, uid } }: Node,
  found: CSINode | undefined,
  own: readonly NodeDriver[],
  drivers: StorageDrivers,
  world: World,
): Promise<void> {
  const others = found?.spec.drivers.filter(each => !drivers.has(each.name)) ?? [];
  const spec = { drivers: [...others, ...own] };
  if (found && isSame(found.spec, spec)) return;
  const ownerReferences = [{ apiVersion, kind, name, uid }];
  if (found) await world.update<CSINode>({ ...found, spec });
  else
    await world.create<CSINode>({
      apiVersion: "storage.k8s.io/v1",
      kind: "CSINode",
      metadata: { name, ownerReferences },
      spec,
    });
}

/** Where a node is, as drivers see it, claims and the scheduler find in its labels. */
async function label(node: Node, labels: Topology, world: World): Promise<void> {
  const { metadata } = node;
  const isLabelled = Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
  if (!isLabelled)
    await world.update<Node>({
      ...node,
      metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    });
}

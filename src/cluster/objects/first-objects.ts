/**
 * What every cluster has from its first moment: the namespaces of Kubernetes, each with its service account, a RuntimeClass
 * for each runtime, and a class for claims and for snapshots that name none. They are ensured, not created: a cluster that starts again on the same content finds them there.
 */
import { hasReason } from "../../errors/index.ts";
import {
  type Draft,
  type KindRegistry,
  type KubernetesObject,
  nodeLeaseNamespace,
} from "../../resources/index.ts";
import { folderDriverName } from "../../storage/index.ts";
import { apiServerWriter, type RegistryVerbs, type Request, type Stored } from "../../store/index.ts";

/** Who makes what every cluster has. */
export const bootstrap = apiServerWriter("k4s");

/** The namespaces that every cluster has, as in Kubernetes. */
const firstNamespaces = ["default", "kube-system", "kube-public", nodeLeaseNamespace];

/** The driver that comes along, and the class of claims that name none. */
const folderDriver = {
  apiVersion: "storage.k8s.io/v1",
  kind: "CSIDriver",
  metadata: { name: folderDriverName },
  spec: {
    attachRequired: false,
    podInfoOnMount: false,
    fsGroupPolicy: "None",
    volumeLifecycleModes: ["Persistent"],
  },
};
const standardClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: folderDriverName,
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
  allowVolumeExpansion: true,
};
const standardSnapshots = {
  apiVersion: "snapshot.storage.k8s.io/v1",
  kind: "VolumeSnapshotClass",
  metadata: {
    name: "standard",
    annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" },
  },
  driver: folderDriverName,
  deletionPolicy: "Delete",
};

/** Creates what is missing of it. `runtimes`: the names of the runtimes that containers may ask for. */
export async function ensureFirstObjects(
  registry: Pick<RegistryVerbs, "create">,
  runtimes: Iterable<string>,
  request: Request,
): Promise<void> {
  for (const name of firstNamespaces) {
    await ensure({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, registry, request);
    // A namespace that was there before may have lost it, or never had it.
    const account = { name: "default", namespace: name };
    await ensure({ apiVersion: "v1", kind: "ServiceAccount", metadata: account }, registry, request);
  }
  await ensure(folderDriver, registry, request);
  await ensure(standardClass, registry, request);
  await ensure(standardSnapshots, registry, request);
  for (const handler of runtimes) {
    const runtimeClass = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: handler } };
    await ensure({ ...runtimeClass, handler } as Draft, registry, request);
  }
}

/** Creates the object, unless it is there. */
export async function ensure(
  draft: Draft,
  registry: Pick<RegistryVerbs, "create">,
  request: Request,
): Promise<void> {
  try {
    await registry.create(draft, request);
  } catch (error) {
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
}

/** The objects as a store keeps them. */
export function* storedAs(kinds: KindRegistry, objects: readonly KubernetesObject[]): Generator<Stored> {
  for (const object of objects) {
    const { namespace = "", name } = object.metadata;
    yield { key: { kind: kinds.of(object).name, namespace, name }, object };
  }
}

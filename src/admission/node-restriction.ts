/**
 * NodeRestriction: what a node writes is about itself and the pods that are bound to it. Rights say which requests a node may make
 * (access/node-authorizer.ts); this looks into what it writes, as Kubernetes' plugin of that name does, so that a node that was taken over can neither
 * draw pods to itself by labels and taints nor speak for others.
 */
import {
  type Draft,
  isInBlock,
  isSame,
  type KubernetesObject,
  type Lease,
  type Node,
  type Pod,
} from "../resources/index.ts";
import { type AdmissionRequest, forbidden } from "../store/index.ts";
import type { AdmissionPlugin, StoreReader } from "./plugin.ts";

const prefix = "system:node:";
const credential = "authentication.kubernetes.io/credential-id";
/** On which machine it has its volumes. */
const machineLabel = "topology.folder.csi.k4s.dev/machine";
const leaseNamespace = "kube-node-lease";

/** Labels of these domains that a node may give itself; all others of them are for who runs the cluster. */
const ownLabels = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.kubernetes.io/region",
  "failure-domain.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);
const ownDomains = ["kubelet.kubernetes.io", "node.kubernetes.io"];

export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  on: [
    { operations: ["CREATE", "UPDATE", "DELETE"], kinds: ["Node"], subresources: ["", "status"] },
    { operations: ["CREATE", "UPDATE", "DELETE"], kinds: ["Pod"], subresources: ["", "status", "eviction"] },
    { operations: ["CREATE", "UPDATE", "DELETE"], kinds: ["Lease", "CSINode"] },
    { operations: ["CREATE"], kinds: ["ServiceAccount", "TokenRequest"], subresources: ["token"] },
  ],
  validate(object, request, reader) {
    const node = nodeOf(request);
    if (node === undefined) return;
    switch (request.kind.name) {
      case "Node":
        return ofNode(node, object as Draft<Node> | undefined, request);
      case "Pod":
        return ofPod(node, object, request, reader);
      case "Lease":
        return ofLease(node, object as Draft<Lease> | undefined, request);
      case "CSINode":
        return ofItself(node, request, "can only access CSINode with the same name as the requesting node");
      default:
        return ofToken(node, object, request, reader);
    }
  },
};

/** The node that writes; "" for one that is not known; undefined for who is no node. */
function nodeOf({ user }: AdmissionRequest): string | undefined {
  if (!user.groups.includes("system:nodes")) return undefined;
  return user.name.startsWith(prefix) ? user.name.slice(prefix.length) : "";
}

function refuse({ kind, name }: AdmissionRequest, node: string, why: string): never {
  throw forbidden(kind, name, `node ${JSON.stringify(node)} ${why}`);
}

function ofItself(node: string, request: AdmissionRequest, why: string): void {
  if (request.name !== node) refuse(request, node, why);
}

function ofNode(node: string, object: Draft<Node> | undefined, request: AdmissionRequest): void {
  const { name, operation, subresource, old } = request;
  if (name !== node) refuse(request, node, `is not allowed to modify node ${JSON.stringify(name)}`);
  if (operation === "DELETE") refuse(request, node, "is not allowed to delete itself");
  const before = old as Node | undefined;
  const labels = changedLabels(before?.metadata.labels, object?.metadata?.labels);
  const wrong = labels.filter(label => !mayLabel(label));
  // The nodes of this process are what its program says they are, and show no certificate.
  const isOwn = !before && request.user.extra?.[credential] === undefined;
  if (wrong.length > 0 && !isOwn)
    refuse(request, node, `is not allowed to modify labels: ${wrong.sort().join(", ")}`);
  // Those of a control plane's own process are what its program says; any other might take the addresses of all pods, or the place of a disk.
  if (request.user.extra?.[credential] !== undefined) {
    const rangesOf = (each: Draft<Node> | undefined) => [
      each?.spec?.podCIDR,
      ...(each?.spec?.podCIDRs ?? []),
    ];
    if (subresource === "" && !isSame(rangesOf(object), rangesOf(before)))
      refuse(
        request,
        node,
        "is not allowed to modify podCIDR and podCIDRs: the control plane gives ranges of addresses",
      );
    if (labels.includes(machineLabel) && object?.metadata?.labels?.[machineLabel] !== node)
      refuse(
        request,
        node,
        `is not allowed to be of another machine than its own: the label ${machineLabel} must be its name`,
      );
  }
  if (subresource !== "" || !before) return;
  if (!isSame(object?.spec?.taints ?? [], before.spec?.taints ?? []))
    refuse(request, node, "is not allowed to modify taints");
  if (!isSame(object?.metadata?.ownerReferences ?? [], before.metadata.ownerReferences ?? []))
    refuse(request, node, "is not allowed to modify ownerReferences");
}

type Labels = Readonly<Record<string, string>>;

function changedLabels(before: Labels = {}, after: Labels = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    label => before[label] !== after[label],
  );
}

function mayLabel(label: string): boolean {
  const domain = label.includes("/") ? label.slice(0, label.indexOf("/")) : "";
  const isOf = (one: string) => domain === one || domain.endsWith(`.${one}`);
  if (isOf("node-restriction.kubernetes.io")) return false;
  if (!isOf("kubernetes.io") && !isOf("k8s.io")) return true;
  return ownLabels.has(label) || ownDomains.some(isOf);
}

function ofPod(
  node: string,
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
): void {
  const { operation, subresource, namespace, name } = request;
  if (operation === "CREATE" && subresource === "") {
    // Kubernetes' nodes show the pods of their files so; nodes of k4s have none.
    refuse(request, node, "can only create pods that mirror those of its own files, and has none");
  }
  const pod: Pod | undefined = reader.get("Pod", namespace, name) ?? (request.old as Pod | undefined);
  if (pod?.spec.nodeName !== node) {
    const what =
      operation === "DELETE" ? "delete" : subresource === "eviction" ? "evict" : "update status for";
    refuse(request, node, `can only ${what} pods with spec.nodeName set to itself`);
  }
  if (operation !== "UPDATE") return;
  if (subresource === "") refuse(request, node, "can only update the status of pods");
  if (!isSame((object as Draft<Pod>).metadata?.labels ?? {}, pod.metadata.labels ?? {}))
    refuse(request, node, "cannot update labels through pod status");
  const wrong = addressesOf(object as Draft<Pod>).find(address => !mayGive(address, node, request, reader));
  if (wrong !== undefined)
    refuse(request, node, `can only give its pods addresses of its spec.podCIDR, and not ${wrong}`);
}

function addressesOf({ status }: Draft<Pod>): readonly string[] {
  const { podIP, podIPs = [] } = status ?? {};
  return [podIP, ...podIPs.map(({ ip }) => ip)].flatMap(ip => ip || []);
}

/**
 * By a pod's address others find its node, and know who connects to them. Nodes of a control plane's own process show no certificate: its program
 * gives them their addresses, whatever range is written at the Node.
 */
function mayGive(address: string, node: string, { user }: AdmissionRequest, reader: StoreReader): boolean {
  if (user.extra?.[credential] === undefined) return true;
  const range = reader.get("Node", "", node)?.spec?.podCIDR;
  return range !== undefined && isInBlock(address, range);
}

function ofLease(node: string, object: Draft<Lease> | undefined, request: AdmissionRequest): void {
  if (request.namespace !== leaseNamespace)
    refuse(request, node, `can only access leases in the ${leaseNamespace} namespace`);
  ofItself(
    node,
    { ...request, name: object?.metadata?.name ?? request.name },
    "can only access the lease of its own name",
  );
}

/** Only for pods that are bound to it: a token that is bound to nothing would be good for ever. */
function ofToken(
  node: string,
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
): void {
  const { spec } = (object ?? {}) as KubernetesObject & {
    readonly spec?: { readonly boundObjectRef?: { kind?: string; name?: string; uid?: string } };
  };
  const bound = spec?.boundObjectRef;
  if (bound?.kind !== "Pod" || !bound.name || !bound.uid)
    refuse(request, node, "requested token not bound to a pod with its name and uid");
  const pod: Pod | undefined = reader.get("Pod", request.namespace, bound.name);
  if (!pod || pod.metadata.uid !== bound.uid || pod.spec.nodeName !== node)
    refuse(request, node, `requested token bound to a pod scheduled on a different node`);
  if ((pod.spec.serviceAccountName ?? "default") !== request.name)
    refuse(request, node, "requested token of an account that the pod does not run as");
}

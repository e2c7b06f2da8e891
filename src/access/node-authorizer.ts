/**
 * What a node may do (`system:node:NAME` of the group `system:nodes`), as Kubernetes' node authorizer decides it: read its own Node, the pods that
 * are bound to it, the objects that these name and the images that they run, report about them, and nothing of other nodes. What a node writes is held against this once more
 * by the admission plugin NodeRestriction.
 *
 * Kubernetes' nodes are joined by others (kube-proxy, the network's agents) that have rights of their own; here the node does what those do. So it
 * may also list and watch what leads from pod to pod: Services, EndpointSlices, NetworkPolicies, Namespaces (their labels choose for policies), the
 * routes of Gateway API, all pods, of which it sees where those of others are and no more (api/node-view.ts), and all nodes, for where these are reached.
 */
import {
  type Attributes,
  imageAskedBy,
  type Pod,
  podReferences,
  type User,
  type Verdict,
} from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { allows } from "./rbac/index.ts";
import { rulesFrom } from "./role-notation.ts";

const prefix = "system:node:";
const nodes = "system:nodes";
const leaseNamespace = "kube-node-lease";

/** What every node may, whichever objects it is about. */
const general = rulesFrom([
  "create authentication.k8s.io: tokenreviews",
  "create authorization.k8s.io: localsubjectaccessreviews subjectaccessreviews",
  "events",
  "create,get,list,watch certificates.k8s.io: certificatesigningrequests",
  "create certificates.k8s.io: certificatesigningrequests/selfnodeclient",
  "read services",
  "read node.k8s.io: runtimeclasses",
  "read storage.k8s.io: csidrivers",
  // As kubelets create nodes and the pods of their files; which ones, NodeRestriction says.
  "create nodes pods",
  // What leads from pod to pod.
  "read discovery.k8s.io: endpointslices",
  "read networking.k8s.io: networkpolicies",
  "read namespaces",
  "read gateway.networking.k8s.io: httproutes grpcroutes referencegrants",
  "list,watch pods nodes",
  // What kinds there are, for what its workers ask: everybody who is known may read that in the documents of the API.
  "read apiextensions.k8s.io: customresourcedefinitions",
]);

const allowed: Verdict = Object.freeze({ allowed: true });

export interface NodeAccess {
  /** Undefined for who is no node: then others decide. */
  verdictOf(user: User, asked: Attributes): Verdict | undefined;
}

export function nodeAccess(store: Pick<StoreReads, "get" | "list">): NodeAccess {
  return {
    verdictOf(user, asked) {
      if (!user.groups.includes(nodes)) return undefined;
      const node = user.name.startsWith(prefix) ? user.name.slice(prefix.length) : "";
      if (node === "")
        return { allowed: false, reason: `unknown node for user ${JSON.stringify(user.name)}` };
      if (general.some(rule => allows(rule, asked)) || mayOwn(node, asked, store)) return allowed;
      return { allowed: false, reason: `no relationship found between node '${node}' and this object` };
    },
  };
}

type Reader = Pick<StoreReads, "get" | "list">;

const reads = ["get", "list", "watch"];
const changes = ["patch", "update"];

/** Whether it is about the node itself, or what its pods need. */
function mayOwn(node: string, asked: Attributes, store: Reader): boolean {
  const { verb, group, resource, subresource, namespace, name } = asked;
  const part = subresource ? `${resource}/${subresource}` : resource;
  const isNamed = name !== "";
  if (asked.path !== undefined) {
    const { image } = imageAskedBy(asked.path) ?? {};
    return verb === "get" && image !== undefined && pods().some(pod => podReferences(pod).images.has(image));
  }
  switch (group === "" ? part : `${group}/${part}`) {
    case "nodes":
      return name === node && [...reads, ...changes].includes(verb);
    case "nodes/status":
      return name === node && ["get", ...changes].includes(verb);
    case "pods":
      if (verb === "get" || verb === "delete") return isBound(store.get("Pod", namespace, name), node);
      return (verb === "list" || verb === "watch") && asked.fieldSelector === `spec.nodeName=${node}`;
    case "pods/status":
      return changes.includes(verb) && isBound(store.get("Pod", namespace, name), node);
    case "pods/eviction":
      return verb === "create" && isBound(store.get("Pod", namespace, name), node);
    case "secrets":
      return isNamed && reads.includes(verb) && (isUsed("secrets") || isVolumesSecret());
    case "configmaps":
      return isNamed && reads.includes(verb) && isUsed("configMaps");
    case "persistentvolumeclaims":
      return isNamed && reads.includes(verb) && isUsed("claims");
    case "persistentvolumeclaims/status":
      return ["get", ...changes].includes(verb) && isUsed("claims");
    case "persistentvolumes":
      return isNamed && reads.includes(verb) && volumes().has(name);
    case "serviceaccounts":
      return verb === "get" && isAccount();
    case "serviceaccounts/token":
      return verb === "create" && isAccount();
    case "storage.k8s.io/volumeattachments":
      return (
        isNamed && reads.includes(verb) && store.get("VolumeAttachment", "", name)?.spec.nodeName === node
      );
    case "storage.k8s.io/csinodes":
      return name === node && ["get", "delete", ...changes].includes(verb);
    case "coordination.k8s.io/leases":
      if (namespace !== leaseNamespace) return false;
      return verb === "create" || (name === node && ["get", "delete", ...changes].includes(verb));
    default:
      return false;
  }

  function pods(): Pod[] {
    return store.list("Pod", { matchFields: { "spec.nodeName": node } });
  }
  function isUsed(what: "secrets" | "configMaps" | "claims"): boolean {
    return pods().some(pod => pod.metadata.namespace === namespace && podReferences(pod)[what].has(name));
  }
  function isAccount(): boolean {
    return pods().some(
      pod => pod.metadata.namespace === namespace && podReferences(pod).serviceAccount === name,
    );
  }
  /** The volumes to which the claims of its pods are bound. */
  function volumes(): Set<string> {
    const claims = pods().flatMap(pod =>
      [...podReferences(pod).claims].map(each =>
        store.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", each),
      ),
    );
    return new Set(claims.flatMap(claim => claim?.spec?.volumeName ?? []));
  }
  function isVolumesSecret(): boolean {
    return [...volumes()].some(volume => {
      const { csi } = store.get("PersistentVolume", "", volume)?.spec ?? {};
      return [csi?.nodePublishSecretRef, csi?.nodeStageSecretRef, csi?.nodeExpandSecretRef].some(
        secret => secret?.name === name && secret.namespace === namespace,
      );
    });
  }
}

function isBound(pod: Pod | undefined, node: string): boolean {
  return pod?.spec.nodeName === node;
}

/**
 * VolumeBinding: whether the volumes are there that a pod asks for by PersistentVolumeClaims, or can be made, and on which nodes. For claims
 * that wait for their first pod (WaitForFirstConsumer) it chooses before the pod is bound: a volume that fits and can be had on the node,
 * or the node itself, for which the class' driver is to make one. Binding claim and volume is a controller's
 * (controllers/storage/volume-binding.ts).
 */
import {
  fittingVolume,
  isSame,
  isTerminating,
  matchesTerm,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  provisionedBy,
  selectedNode,
} from "../../resources/index.ts";
import { claimsOf, hasClaims, usesClaim, type VolumeOfClaim, volumesOf } from "../claims.ts";
import { hint, type Look, type Plugin, type Refusal } from "../framework.ts";
import { oneOf } from "./node-affinity.ts";

const unavailable: Refusal = {
  reasons: ["node(s) didn't find available persistent volumes to bind"],
  isFinal: true,
};
const elsewhere: Refusal = {
  reasons: ["node(s) didn't match PersistentVolume's node affinity"],
  isFinal: true,
};
const byController = "pv.kubernetes.io/bound-by-controller";

export function volumeBinding(): Plugin {
  return {
    name: "VolumeBinding",
    preFilter(pod, { store }) {
      if (!hasClaims(pod)) return undefined;
      const rejection = missingClaim(pod, store);
      if (rejection !== undefined) return { rejection };
      const volumes = volumesOf(pod, store);
      return {
        filter: ({ node }) => {
          for (const { claim, volume } of volumes) {
            if (!volume) {
              if (canBeHad(claim, node, store)) continue;
              return unavailable;
            }
            if (!isReachable(volume, node, store)) return elsewhere;
          }
          return undefined;
        },
      };
    },
    preBind(pod, { node }, { store }) {
      const unbound = volumesOf(pod, store).filter(({ volume }) => !volume);
      if (unbound.length === 0) return undefined;
      return unbound.flatMap(({ claim }) => choiceFor(claim, node, store) ?? []);
    },
    remedies:
      (pod, { store }) =>
      ({ node }) =>
        claimsOf(pod).flatMap(({ name, isEphemeral }) => {
          const claim = store.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
          return claim ? faultOf(claim, node, store) : [notThere(name, isEphemeral)];
        }),
    hints: [
      hint("StorageClass", (_, { type, object, previous }) => {
        const isAsBefore = previous && isSame(previous.allowedTopologies, object.allowedTopologies);
        return type !== "DELETED" && !isAsBefore;
      }),
      hint("PersistentVolumeClaim", (pod, { type, object, previous }) => {
        if (!usesClaim(pod, object)) return false;
        const isFree = (claim = object) => claim.metadata.annotations?.[selectedNode] === undefined;
        const isOther = object.status?.phase !== previous?.status?.phase;
        return type !== "DELETED" && (!previous || isOther || (isFree() && !isFree(previous)));
      }),
      hint("PersistentVolume", (_, { type, object, previous }) => {
        const isElsewhere = object.spec?.nodeAffinity !== previous?.spec?.nodeAffinity;
        return type !== "DELETED" && (!object.spec?.claimRef || isElsewhere);
      }),
      hint("Node", (_, { object, previous }) => previous?.metadata.labels !== object.metadata.labels),
    ],
  };
}

/** Why the pod can run on no node, in Kubernetes' words; undefined where its claims are bound, or are to be bound for it. */
function missingClaim(pod: Pod, store: Look["store"]): string | undefined {
  for (const { name, isEphemeral } of claimsOf(pod)) {
    const claim = store.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
    if (!claim) {
      return isEphemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
        : `persistentvolumeclaim "${name}" not found`;
    }
    if (claim.status?.phase === "Lost")
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`;
    if (isTerminating(claim)) return `persistentvolumeclaim "${name}" is being deleted`;
  }
  const isUnbound = ({ claim, volume }: VolumeOfClaim) => !volume && !waitsForPod(claim, store);
  return volumesOf(pod, store).some(isUnbound)
    ? "pod has unbound immediate PersistentVolumeClaims"
    : undefined;
}

/** One that names its volume has that, or none. */
function waitsForPod({ spec }: PersistentVolumeClaim, store: Look["store"]): boolean {
  if (spec?.volumeName) return false;
  const storageClass = store.get("StorageClass", "", spec?.storageClassName ?? "");
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

/** Whether a claim that waits for its first pod can have a volume on the node. */
function canBeHad(claim: PersistentVolumeClaim, node: Node, store: Look["store"]): boolean {
  const chosen = claim.metadata.annotations?.[selectedNode];
  if (chosen !== undefined) return chosen === node.metadata.name || !store.get("Node", "", chosen);
  if (isPromised(claim, store) || freeVolume(claim, node, store)) return true;
  const found = store.get("StorageClass", "", claim.spec?.storageClassName ?? "");
  if (!found || found.provisioner === "kubernetes.io/no-provisioner") return false;
  const { allowedTopologies: terms = [] } = found;
  return (
    terms.length === 0 ||
    terms.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? "")),
    )
  );
}

/**
 * Whether a volume can be had on the node. One that its driver has made without a place, before it knew any or where it is itself, is not had
 * at the places that it knows by now.
 */
function isReachable({ metadata, spec }: PersistentVolume, node: Node, store: Look["store"]): boolean {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (terms) return terms.some(term => matchesTerm(term, node));
  const driver = spec?.csi?.driver;
  if (driver === undefined || metadata.annotations?.[provisionedBy] !== driver) return true;
  const drivers = store.get("CSINode", "", node.metadata.name)?.spec.drivers ?? [];
  return !drivers.some(({ name, topologyKeys = [] }) => name === driver && topologyKeys.length > 0);
}

/** Whether a volume names it already, and the two are about to be bound. */
function isPromised({ metadata }: PersistentVolumeClaim, store: Look["store"]): boolean {
  return store.list("PersistentVolume").some(({ spec }) => spec?.claimRef?.uid === metadata.uid);
}

function freeVolume(claim: PersistentVolumeClaim, node: Node, store: Look["store"]) {
  const reachable = store.list("PersistentVolume").filter(volume => isReachable(volume, node, store));
  return fittingVolume(reachable, claim);
}

/** What is to be written so that the claim gets its volume: the volume names the claim, or the claim the node. */
function choiceFor(
  claim: PersistentVolumeClaim,
  node: Node,
  store: Look["store"],
): PersistentVolume | PersistentVolumeClaim | undefined {
  const { apiVersion, kind, metadata } = claim;
  const { name, namespace, uid, resourceVersion, annotations } = metadata;
  if (annotations?.[selectedNode] === node.metadata.name || isPromised(claim, store)) return undefined;
  const volume = freeVolume(claim, node, store);
  if (volume) {
    const claimRef = { apiVersion, kind, namespace, name, uid, resourceVersion };
    const marks = { ...volume.metadata.annotations, [byController]: "yes" };
    return {
      ...volume,
      metadata: { ...volume.metadata, annotations: marks },
      spec: { ...volume.spec, claimRef },
    };
  }
  const marks = { ...annotations, [selectedNode]: node.metadata.name };
  return { ...claim, metadata: { ...metadata, annotations: marks } };
}

function notThere(name: string, isEphemeral: boolean): string {
  return isEphemeral
    ? `the claim ${name} is made, which the ephemeral volume controller does`
    : `the claim ${name} is made: there is no PersistentVolumeClaim of this name`;
}

/** What keeps a pod with this claim from the node. */
function faultOf(claim: PersistentVolumeClaim, node: Node, store: Look["store"]): string[] {
  const { name } = claim.metadata;
  if (isTerminating(claim)) return [`another claim ${name} is made: this one is being deleted`];
  const { volumeName = "" } = claim.spec ?? {};
  if (claim.status?.phase === "Lost")
    return [`another claim ${name} is made: the volume ${volumeName} of this one is gone`];
  const volume = claim.status?.phase === "Bound" ? store.get("PersistentVolume", "", volumeName) : undefined;
  if (!volume && waitsForPod(claim, store) && canBeHad(claim, node, store)) return [];
  if (!volume) return [`the claim ${name} is bound to a volume: it asks for ${wishOf(claim, store)}`];
  if (isReachable(volume, node, store)) return [];
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (!terms)
    return [`it runs on a machine that the volume ${volumeName} of the claim ${name} is not kept away from`];
  return [`${oneOf(terms, node)}, where the volume ${volumeName} of the claim ${name} can be had`];
}

/** `1Gi, ReadWriteOnce, of the class fast`. */
function wishOf(claim: PersistentVolumeClaim, store: Look["store"]): string {
  const { resources, accessModes = [], storageClassName } = claim.spec ?? {};
  const size = resources?.requests?.storage;
  const kind = storageClassName ? `of the class ${storageClassName}` : "of no class";
  const isMissing = storageClassName && !store.get("StorageClass", "", storageClassName);
  return [...(size ? [size] : []), ...accessModes, isMissing ? `${kind} (which is not there)` : kind].join(
    ", ",
  );
}

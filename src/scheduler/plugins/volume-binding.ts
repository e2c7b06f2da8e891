/**
 * VolumeBinding: whether the volumes are there that a pod asks for by PersistentVolumeClaims, and on which nodes. Binding itself is
 * a controller's (controllers/volume-binding.ts), also of claims that wait for their first pod.
 */
import {
  isTerminating,
  type KindName,
  matchesTerm,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
} from "../../resources/index.ts";
import { claimsOf, hasClaims, type VolumeOfClaim, volumesOf } from "../claims.ts";
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
/** Kinds of which any change may give a pod the volume that it waits for. */
const volumeKinds: readonly KindName[] = ["PersistentVolumeClaim", "PersistentVolume", "StorageClass"];

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
          for (const { volume } of volumes) {
            if (!volume) return unavailable;
            const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
            if (terms && !terms.some(term => matchesTerm(term, node))) return elsewhere;
          }
          return undefined;
        },
      };
    },
    remedies:
      (pod, { store }) =>
      ({ node }) =>
        claimsOf(pod).flatMap(({ name, isEphemeral }) => {
          const claim = store.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
          return claim ? faultOf(claim, node, store) : [notThere(name, isEphemeral)];
        }),
    hints: [
      ...volumeKinds.map(kind => hint(kind, (_, { type }) => type !== "DELETED")),
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

function waitsForPod({ spec }: PersistentVolumeClaim, store: Look["store"]): boolean {
  const storageClass = store.get("StorageClass", "", spec?.storageClassName ?? "");
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
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
  if (!volume) return [`the claim ${name} is bound to a volume: it asks for ${wishOf(claim, store)}`];
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (!terms || terms.some(term => matchesTerm(term, node))) return [];
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

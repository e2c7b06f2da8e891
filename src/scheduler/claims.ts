/**
 * Claims: whether the volumes are there that a pod asks for by PersistentVolumeClaims, and on which nodes. Kubernetes' plugin is
 * VolumeBinding; its first part, before any node is asked, is `missingClaim`, and its second `claimFilters`. Binding itself is a
 * controller's (controllers/volume-binding.ts), also of claims that wait for their first pod.
 */
import {
  isTerminating,
  matchesTerm,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
} from "../resources/index.ts";
import type { Store } from "../store/index.ts";
import type { Filter, Refusal } from "./filters.ts";

const unavailable: Refusal = {
  reasons: ["node(s) didn't find available persistent volumes to bind"],
  isFinal: true,
};
const elsewhere: Refusal = {
  reasons: ["node(s) didn't match PersistentVolume's node affinity"],
  isFinal: true,
};

export function hasClaims({ spec }: Pod): boolean {
  return spec.volumes?.some(volume => volume.persistentVolumeClaim || volume.ephemeral) ?? false;
}

/** Why the pod can run on no node, in Kubernetes' words; undefined where its claims are bound, or are to be bound for it. */
export function missingClaim(pod: Pod, store: Store): string | undefined {
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
  const isUnbound = boundTo(pod, store).some(({ claim, volume }) => !volume && !waitsForPod(claim, store));
  return isUnbound ? "pod has unbound immediate PersistentVolumeClaims" : undefined;
}

/** The volumes that are bound say on which nodes they can be had; one that is not bound can be had on none. */
export function claimFilters(pod: Pod, store: Store): Filter[] {
  return boundTo(pod, store).flatMap(({ volume }): Filter[] => {
    if (!volume) return [() => unavailable];
    const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
    return terms
      ? [(_, { node }) => (terms.some(term => matchesTerm(term, node)) ? undefined : elsewhere)]
      : [];
  });
}

interface ClaimName {
  readonly name: string;
  readonly isEphemeral: boolean;
}

function claimsOf({ metadata, spec }: Pod): ClaimName[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): ClaimName[] => {
    if (persistentVolumeClaim) return [{ name: persistentVolumeClaim.claimName, isEphemeral: false }];
    return ephemeral ? [{ name: `${metadata.name}-${name}`, isEphemeral: true }] : [];
  });
}

interface Binding {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume | undefined;
}

function boundTo(pod: Pod, store: Store): Binding[] {
  return claimsOf(pod).flatMap(({ name }) => {
    const claim = store.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
    if (!claim) return [];
    const isBound = claim.status?.phase === "Bound";
    return [
      {
        claim,
        volume: isBound ? store.get("PersistentVolume", "", claim.spec?.volumeName ?? "") : undefined,
      },
    ];
  });
}

function waitsForPod({ spec }: PersistentVolumeClaim, store: Store): boolean {
  const storageClass = store.get("StorageClass", "", spec?.storageClassName ?? "");
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

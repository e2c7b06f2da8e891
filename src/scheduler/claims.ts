/** The claims of a pod for volumes, and the volumes that they are bound to: what the volume plugins ask about. */
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../resources/index.ts";
import type { Store } from "../store/index.ts";

export interface ClaimName {
  readonly name: string;
  /** Whether it is made for this pod alone. */
  readonly isEphemeral: boolean;
}

export interface VolumeOfClaim {
  readonly claim: PersistentVolumeClaim;
  /** Undefined while it is not bound. */
  readonly volume: PersistentVolume | undefined;
}

export function hasClaims({ spec }: Pod): boolean {
  return spec.volumes?.some(volume => volume.persistentVolumeClaim || volume.ephemeral) ?? false;
}

export function claimsOf({ metadata, spec }: Pod): ClaimName[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): ClaimName[] => {
    if (persistentVolumeClaim) return [{ name: persistentVolumeClaim.claimName, isEphemeral: false }];
    return ephemeral ? [{ name: `${metadata.name}-${name}`, isEphemeral: true }] : [];
  });
}

export function usesClaim(pod: Pod, { metadata }: PersistentVolumeClaim): boolean {
  return (
    pod.metadata.namespace === metadata.namespace && claimsOf(pod).some(({ name }) => name === metadata.name)
  );
}

/** Of the claims that are there. */
export function volumesOf(pod: Pod, store: Pick<Store, "get">): VolumeOfClaim[] {
  return claimsOf(pod).flatMap(({ name }) => {
    const claim = store.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
    if (!claim) return [];
    const isBound = claim.status?.phase === "Bound";
    const volume = isBound ? store.get("PersistentVolume", "", claim.spec?.volumeName ?? "") : undefined;
    return [{ claim, volume }];
  });
}

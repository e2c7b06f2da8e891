/** Which PersistentVolumes a claim could be bound to, apart from nodes: for the controller that binds, and for the scheduler. */
import type { PersistentVolume, PersistentVolumeClaim } from "./generated/kubernetes.gen.ts";
import { quantityToNumber } from "./quantity.ts";
import { matchesSelector } from "./selectors/index.ts";

/** A claim says by this which node its volume is to be made for. */
export const selectedNode = "volume.kubernetes.io/selected-node";

/** A volume says by this which driver has made it. */
export const provisionedBy = "pv.kubernetes.io/provisioned-by";

/** In bytes. */
export function sizeOfVolume({ spec }: PersistentVolume): number {
  return quantityToNumber(spec?.capacity?.storage ?? "0");
}

/** What a volume that names the claim lacks for it, in Kubernetes' words; undefined where it will do. Of which class it is does not matter then. */
export function lackOf(
  volume: PersistentVolume,
  { spec: wanted }: PersistentVolumeClaim,
): string | undefined {
  const { metadata, spec } = volume;
  if (metadata.deletionTimestamp) return `the volume is marked for deletion "${metadata.name}"`;
  if (sizeOfVolume(volume) < quantityToNumber(wanted?.resources?.requests?.storage ?? "0"))
    return "requested PV is too small";
  if ((spec?.volumeMode ?? "Filesystem") !== (wanted?.volumeMode ?? "Filesystem"))
    return "incompatible volumeMode";
  const isAccessible = wanted?.accessModes?.every(mode => spec?.accessModes?.includes(mode)) ?? true;
  return isAccessible ? undefined : "incompatible accessMode";
}

/** Why a claim that names the volume cannot be bound to it. */
export function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const [offered, wanted] = [volume.spec, claim.spec];
  if ((offered?.storageClassName ?? "") !== (wanted?.storageClassName ?? ""))
    return "storageClassName does not match";
  if ((offered?.volumeAttributesClassName ?? "") !== (wanted?.volumeAttributesClassName ?? ""))
    return "volumeAttributesClassName does not match";
  return lackOf(volume, claim);
}

/** Whether it offers what the claim asks for. */
function volumeFits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { selector } = claim.spec ?? {};
  if (selector && !matchesSelector(selector, volume.metadata.labels)) return false;
  return mismatchOf(volume, claim) === undefined;
}

/** The smallest of those that are free and fit. */
export function fittingVolume(
  volumes: readonly PersistentVolume[],
  claim: PersistentVolumeClaim,
): PersistentVolume | undefined {
  return volumes
    .filter(each => !each.spec?.claimRef && volumeFits(each, claim))
    .sort((one, other) => sizeOfVolume(one) - sizeOfVolume(other))[0];
}

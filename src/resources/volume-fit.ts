/** Which PersistentVolumes a claim could be bound to, apart from nodes: for the controller that binds, and for the scheduler. */
import type { PersistentVolume, PersistentVolumeClaim } from "./generated/kubernetes.gen.ts";
import { quantityToNumber } from "./quantity.ts";
import { matchesSelector } from "./selectors/index.ts";

/** A claim says by this which node its volume is to be made for. */
export const selectedNode = "volume.kubernetes.io/selected-node";

/** In bytes. */
export function sizeOfVolume({ spec }: PersistentVolume): number {
  return quantityToNumber(spec?.capacity?.storage ?? "0");
}

/** Whether it offers what the claim asks for. */
export function volumeFits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { metadata, spec } = volume;
  const { accessModes = [], resources, selector, storageClassName = "", volumeMode } = claim.spec ?? {};
  return (
    (spec?.storageClassName ?? "") === storageClassName &&
    (spec?.volumeMode ?? "Filesystem") === (volumeMode ?? "Filesystem") &&
    accessModes.every(mode => spec?.accessModes?.includes(mode)) &&
    sizeOfVolume(volume) >= quantityToNumber(resources?.requests?.storage ?? "0") &&
    (!selector || matchesSelector(selector, metadata.labels))
  );
}

/** The smallest of those that are free and fit. */
export function fittingVolume(
  volumes: readonly PersistentVolume[],
  claim: PersistentVolumeClaim,
): PersistentVolume | undefined {
  return volumes
    .filter(each => !each.metadata.deletionTimestamp && !each.spec?.claimRef && volumeFits(each, claim))
    .sort((one, other) => sizeOfVolume(one) - sizeOfVolume(other))[0];
}

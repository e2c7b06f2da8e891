/** What is recorded of the volumes in a folder that outlives the cluster: a claim of the same name has its data again. */
import { join } from "node:path";
import { type PersistentVolume, provisionedBy } from "../resources/index.ts";
import { isFolderId } from "./folder-driver.ts";
import { ObjectRecords } from "./object-records.ts";

/**
 * @param folder of the volumes
 * @param driver whose they are
 */
export function volumeRecords(folder: string, driver: string): ObjectRecords<PersistentVolume> {
  return new ObjectRecords({
    folder: join(folder, "records"),
    // Who makes one by hand makes it in each cluster anew, and may write anything.
    isFor: ({ metadata, spec: { csi } = {} }) =>
      csi?.driver === driver &&
      metadata.annotations?.[provisionedBy] === driver &&
      isFolderId(csi.volumeHandle),
    recordOf,
    placeOf: ({ spec }) => spec?.csi && join(folder, "volumes", spec.csi.volumeHandle),
  });
}

/**
 * A volume that has its claim waits for one of that name in the next cluster, whose uid will be another. One that was left by its claim
 * stays so: its uid is that of no claim.
 */
function recordOf({ apiVersion, kind, metadata, spec = {} }: PersistentVolume, isLeft: boolean) {
  const { name, labels, annotations, finalizers } = metadata;
  const { claimRef, ...rest } = spec;
  const { uid: _1, resourceVersion: _2, ...named } = claimRef ?? {};
  const ref = isLeft ? claimRef : named;
  return {
    apiVersion,
    kind,
    metadata: { name, labels, annotations, finalizers } as PersistentVolume["metadata"],
    spec: { ...rest, ...(claimRef && { claimRef: ref }) },
  } as PersistentVolume;
}

/**
 * What is recorded of the snapshots in a folder that outlives the cluster: their VolumeSnapshotContents, which a VolumeSnapshot of the same
 * name has again.
 */
import { join } from "node:path";
import type { VolumeSnapshotContent } from "../resources/index.ts";
import { ObjectRecords } from "./object-records.ts";

/**
 * @param folder of the volumes and their snapshots
 * @param driver whose they are
 */
export function snapshotRecords(folder: string, driver: string): ObjectRecords<VolumeSnapshotContent> {
  return new ObjectRecords({
    // Below that of the volumes: what both are called is told apart.
    folder: join(folder, "records", "snapshots"),
    isFor: content => content.spec.driver === driver && handleOf(content) !== undefined,
    recordOf,
    placeOf: content => {
      const handle = handleOf(content);
      return handle === undefined ? undefined : join(folder, "snapshots", handle);
    },
  });
}

function handleOf({ spec, status }: VolumeSnapshotContent): string | undefined {
  return status?.snapshotHandle ?? spec.source.snapshotHandle;
}

/** The status, too: what the driver said of the snapshot it says once. */
function recordOf({ apiVersion, kind, metadata, spec, status }: VolumeSnapshotContent, isLeft: boolean) {
  const { name, labels, annotations, finalizers } = metadata;
  const { uid: _1, resourceVersion: _2, ...named } = spec.volumeSnapshotRef;
  return {
    apiVersion,
    kind,
    metadata: { name, labels, annotations, finalizers } as VolumeSnapshotContent["metadata"],
    spec: { ...spec, volumeSnapshotRef: isLeft ? spec.volumeSnapshotRef : named },
    ...(status && { status }),
  } as VolumeSnapshotContent;
}

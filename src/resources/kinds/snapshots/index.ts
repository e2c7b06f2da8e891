/** The door of snapshots/: the kinds of snapshot.storage.k8s.io. */
export { snapshotDefinitions, snapshotGroup, snapshotKinds } from "./definitions.ts";
export type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from "./types.ts";

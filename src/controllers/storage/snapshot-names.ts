/** Names that snapshots, their contents and the claims that they are of are marked by. */

export const snapshotKind = "VolumeSnapshot.snapshot.storage.k8s.io";
export const contentKind = "VolumeSnapshotContent.snapshot.storage.k8s.io";
export const classKind = "VolumeSnapshotClass.snapshot.storage.k8s.io";
export const snapshotApiVersion = "snapshot.storage.k8s.io/v1";

/** On a snapshot: it has a content. */
export const boundProtection = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";
/** On a content: it has a snapshot. */
export const contentProtection = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection";
/** On a claim: it is being copied. */
export const claimProtection = "snapshot.storage.kubernetes.io/pvc-as-source-protection";
/** On a content: its snapshot goes. */
export const snapshotGoes = "snapshot.storage.kubernetes.io/volumesnapshot-being-deleted";
/** On a class: it is that of snapshots that name none. */
export const isDefaultClass = "snapshot.storage.kubernetes.io/is-default-class";

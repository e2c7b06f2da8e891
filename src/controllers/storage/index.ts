/** The door of storage/: what makes, copies and grows the volumes of drivers. */

export { attachDetach } from "./attach-detach.ts";
export { attacher } from "./attacher.ts";
export { volumeExpansion } from "./expansion.ts";
export { nodeDrivers } from "./node-drivers.ts";
export { volumeProvisioning } from "./provisioning.ts";
export { volumeSnapshotContents } from "./snapshot-contents.ts";
export { volumeSnapshots } from "./snapshots.ts";
export { volumeRecords } from "./volume-records.ts";

/** The door of storage/: what makes, copies and grows the volumes of drivers. */

export { volumeExpansion } from "./expansion.ts";
export { volumeProvisioning } from "./provisioning.ts";
export { volumeSnapshotContents } from "./snapshot-contents.ts";
export { volumeSnapshots } from "./snapshots.ts";

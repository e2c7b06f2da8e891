/** The door of storage/: what binds and protects claims and volumes, and what makes, copies and grows those of drivers. */

export { attachDetach } from "./attach-detach.ts";
export { attacher } from "./attacher.ts";
export { volumeExpansion } from "./expansion.ts";
export { nodeDrivers } from "./node-drivers.ts";
export { attributesClassProtection, claimProtection, volumeProtection } from "./protection.ts";
export { volumeProvisioning } from "./provisioning.ts";
export { recordings } from "./records.ts";
export { volumeSnapshotContents } from "./snapshot-contents.ts";
export { volumeSnapshots } from "./snapshots.ts";
export { volumeBinding } from "./volume-binding.ts";

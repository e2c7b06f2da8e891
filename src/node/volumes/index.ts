/** The door of volumes/: what pods find in folders. */

export { AttachPending } from "./attachments.ts";
export { AttachError, VolumeError } from "./content.ts";
export { HostFolders } from "./host-folders.ts";
export { PodVolumes, type PodVolumesOptions } from "./pod-volumes.ts";
export { PublishedVolumes } from "./published-volumes.ts";
export { SourceWatch } from "./source-watch.ts";
export { StorageLimits } from "./storage-limits.ts";
export { VolumeFolders } from "./volume-folders.ts";

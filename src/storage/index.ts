/** The door of storage/: where the data of PersistentVolumes lie. */

export { capabilitiesOf, capabilityOf } from "./capabilities.ts";
export {
  type AccessMode,
  type ContentSource,
  type CreateVolumeRequest,
  DriverError,
  type DriverSnapshot,
  type DriverVolume,
  type NodePublishRequest,
  type NodeStageRequest,
  type Rpc,
  type RpcCode,
  type StorageDriver,
  type VolumeCapability,
} from "./driver.ts";
export { FolderDriver, type FolderDriverOptions, folderDriverName } from "./folder-driver.ts";
export { StorageDrivers } from "./storage-drivers.ts";

/** The door of storage/: where the data of PersistentVolumes lie. */

export { capabilitiesOf, capabilityOf } from "./capabilities.ts";
export { type ContentSource, DriverError, type VolumeCapability } from "./driver.ts";
export { FolderDriver, folderDriverName } from "./folder-driver.ts";
export { StorageDrivers } from "./storage-drivers.ts";

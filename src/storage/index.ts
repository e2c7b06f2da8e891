/** The door of storage/: where the data of PersistentVolumes lie. */

export { capabilitiesOf, capabilityOf } from "./capabilities.ts";
export { SocketDriver } from "./csi/index.ts";
export {
  type ContentSource,
  type CreateSnapshotRequest,
  type CreateVolumeRequest,
  DriverError,
  type DriverSnapshot,
  type DriverVolume,
  isFinal,
  type NodeInfo,
  type NodePublishRequest,
  type StorageDriver,
  type Topology,
  type VolumeCapability,
} from "./driver.ts";
export { FolderDriver, folderDriverName } from "./folder-driver.ts";
export { answerMachineCall, machineAnswer } from "./machine-calls.ts";
export { MachineFolders, type Machines, machineLabel } from "./machine-folders.ts";
export { secretsOf } from "./secrets.ts";
export { snapshotRecords } from "./snapshot-records.ts";
export { StorageDrivers, type StorageFolder, type StorageRecords } from "./storage-drivers.ts";
export { volumeRecords } from "./volume-records.ts";

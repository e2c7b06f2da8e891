/** The door of cluster/: a cluster, put together from its parts; and one that serves its API on a port of its own. */

export { placeInBackup, writeBackup } from "./backup-file.ts";
export type {
  AddedNode,
  ClusterStats,
  EvictOptions,
  NodeStopOptions,
  OwnDiscovery,
  OwnNodes,
  OwnPolicy,
  PodPolicies,
  Rollout,
  RunNode,
} from "./calls/index.ts";
export { Cluster } from "./cluster.ts";
export { type EncryptionOptions, encryptionFor, resourceOf } from "./encryption-keys.ts";
export {
  declaredBy,
  type ExportedManifests,
  type ExportManifestsOptions,
  exportManifests,
} from "./export-manifests.ts";
export { type JoinedNode, type JoinOptions, joinCluster, keyHash } from "./joined/index.ts";
export {
  type ClusterOptions,
  type ConfigFile,
  checkFeatures,
  type DriverSocket,
  type EtcdClusterOptions,
  type Feature,
  type FeatureSwitches,
  type FileSettings,
  periodOf,
  type RuntimeName,
  readConfigFile,
  type StandbyOptions,
  settingsInFile,
} from "./options/index.ts";
export { type Restored, type RestoreOptions, restoreBackup } from "./restore.ts";
export { type ServedCluster, type ServedClusterOptions, startServedCluster } from "./served-cluster.ts";

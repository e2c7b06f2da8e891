/**
 * k4s: a Kubernetes whose containers are threads. This is the public face; ARCHITECTURE.md tells what stands behind it.
 */
export type { AdmissionOptions, AdmissionPlugin } from "./admission/index.ts";
export type {
  ListSelection,
  Manifest,
  PatchOptions,
  RemoveOptions,
  Table,
  WaitOptions,
  WatchSelection,
} from "./api/index.ts";
export type {
  AddedNode,
  ClusterOptions,
  ClusterStats,
  ConfigFile,
  DriverSocket,
  EtcdClusterOptions,
  EvictOptions,
  ExportedManifests,
  ExportManifestsOptions,
  Feature,
  FeatureSwitches,
  JoinedNode,
  JoinOptions,
  NodeStopOptions,
  OwnDiscovery,
  OwnNodes,
  OwnPolicy,
  PodPolicies,
  Restored,
  RestoreOptions,
  Rollout,
  RunNode,
  RuntimeName,
  StandbyOptions,
} from "./cluster/index.ts";
export { Cluster, exportManifests, joinCluster, readConfigFile, restoreBackup } from "./cluster/index.ts";
export {
  ApiError,
  type Cause,
  type Handled,
  K4sError,
  MessageError,
  type Reason,
  reasons,
} from "./errors/index.ts";
export {
  again,
  type Controller,
  concerning,
  controller,
  everyKind,
  keyOf,
  keyOfObject,
  namesake,
  type Outcome,
  owned,
  type Queue,
  refused,
  type Step,
  settled,
  slowStart,
  type Waker,
  type World,
} from "./loop/index.ts";
export type { Message, MessageApi, RequestOptions, Sender, TransferOptions } from "./messages/index.ts";
export type {
  DiscoveredEndpoint,
  DiscoveredPod,
  DiscoveredPort,
  DiscoveredRecord,
  DiscoveredService,
  DiscoveredServicePort,
  NatsOptions,
  PolicyTest,
  PolicyTestOptions,
  PolicyWay,
} from "./network/index.ts";
export { type Metrics, type Moment, sentenceOf } from "./observe/index.ts";
export type { DrainOptions, RolloutRevision, RolloutStatus } from "./operations/index.ts";
export { type Clock, type Random, seededRandom, VirtualClock } from "./outside/index.ts";
export type * from "./resources/index.ts";
export { contract, expand, ownedBy } from "./resources/index.ts";
export type { NodeReport, SchedulingReport } from "./scheduler/index.ts";
export {
  type CreateVolumeRequest,
  DriverError,
  type DriverSnapshot,
  type DriverVolume,
  type NodePublishRequest,
  type StorageDriver,
  type VolumeCapability,
} from "./storage/index.ts";
export type { Change, User, WatchEvent, Writer } from "./store/index.ts";
export type { Log, MetricLabels, WorkerApi, WorkerContext, WorkerMetrics } from "./worker/index.ts";

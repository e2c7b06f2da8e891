/** The door of node/: what a cluster needs to run pods. */
export { NodeAgent } from "./agent.ts";
export type { AskedNode, PodDialling } from "./asked-node.ts";
export {
  connectionsTo,
  type Dial,
  dialEndpoint,
  type NodeAnswers,
  type PodConnections,
  type Proxied,
  serviceProxied,
} from "./connections.ts";
export { defaultBackOff, type RestartBackOff, whatToRun } from "./containers/index.ts";
export {
  type Credentials,
  codeHeader,
  FarFarewells,
  FarNodes,
  FarRelay,
  farewellsPath,
  fromHeader,
  fromIn,
  joinEnds,
  nodeHeader,
  reasonHeader,
  storagePath,
  usagePath,
} from "./far/index.ts";
export {
  type ContentFile,
  catalogueImages,
  contentDigest,
  contentOf as imageContent,
  examine,
  type FetchedImage,
  filesNamedIn,
  findModule,
  type GivenImage,
  type ImageContent,
  ImageError,
  ImageSource,
  Images,
  type ImagesElsewhere,
  imagesIn,
  moduleSystemOf,
  mostBytes,
  mostFiles,
  parseImageName,
  workerSideFile,
} from "./images/index.ts";
export { NodeDocuments } from "./node-documents.ts";
export type { KubeletPlace, NodeOptions } from "./node-object.ts";
export { NodesHere } from "./nodes-here.ts";
export { PodAddresses, type PodDependencies, PodFeed, type PodListener } from "./pods/index.ts";
export {
  bucketBounds,
  CustomMetrics,
  ExternalMetrics,
  MetricNames,
  type MetricValue,
  type PodReport,
} from "./reported/index.ts";
export {
  groupIsLeft,
  HollowRuntime,
  killGroup,
  leadsGroup,
  ProcessRuntime,
  type Runtime,
  signalGroup,
  ThreadRuntime,
} from "./runtimes/index.ts";
export type { ShutdownPeriod } from "./shutdown-periods.ts";
export {
  type LogOptions,
  LogReading,
  PodPorts,
  type Session,
  type SessionExit,
} from "./streams/index.ts";
export { UsageMeter } from "./usage-meter.ts";
export { HostFolders, PublishedVolumes, SourceWatch, VolumeFolders } from "./volumes/index.ts";

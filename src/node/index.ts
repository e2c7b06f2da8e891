/** The door of node/: what a cluster needs to run pods. */
export { NodeAgent } from "./agent.ts";
export {
  type ConnectOptions,
  connectionsTo,
  type Dial,
  type PodConnections,
  type Proxied,
} from "./connections.ts";
export { defaultBackOff, type RestartBackOff, type Tell } from "./containers/index.ts";
export { catalogueImages, Images, type ImagesOptions, imagesIn } from "./images/index.ts";
export type { NodeOptions } from "./node-object.ts";
export { PodAddresses, type PodDependencies, PodFeed } from "./pods/index.ts";
export {
  type ContainerStart,
  HollowRuntime,
  ProcessRuntime,
  type RunningContainer,
  type Runtime,
  ThreadRuntime,
  type ThreadRuntimeOptions,
  type Usage,
} from "./runtimes/index.ts";
export {
  type LogOptions,
  LogReading,
  PodPorts,
  type Session,
  type SessionExit,
  type SessionOutput,
} from "./streams/index.ts";
export { SourceWatch, VolumeFolders } from "./volumes/index.ts";

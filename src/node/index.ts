/** The door of node/: what a cluster needs to run pods. */

export { NodeAgent } from "./agent.ts";
export { defaultBackOff, type RestartBackOff } from "./containers/restarts.ts";
export type { NodeSurroundings, Tell } from "./containers/surroundings.ts";
export { Images, type ImagesOptions } from "./images/index.ts";
export type { NodeOptions } from "./node-object.ts";
export { PodAddresses } from "./pods/addresses.ts";
export { PodFeed } from "./pods/pod-feed.ts";
export { HollowRuntime } from "./runtimes/hollow.ts";
export { ProcessRuntime } from "./runtimes/process.ts";
export type { ContainerStart, RunningContainer, Runtime, Usage } from "./runtimes/runtime.ts";
export { ThreadRuntime, type ThreadRuntimeOptions } from "./runtimes/thread.ts";
export type { LogOptions } from "./streams/log.ts";
export { LogReading } from "./streams/log-reading.ts";
export type { Session, SessionExit, SessionOutput } from "./streams/session.ts";

/** The door of node/: what a cluster needs to run pods. */
export { PodAddresses } from "./addresses.ts";
export { NodeAgent } from "./agent.ts";
export { Images, type ImagesOptions } from "./images/index.ts";
export { LogReading } from "./log-reading.ts";
export type { LogOptions } from "./logs.ts";
export type { NodeOptions } from "./node-object.ts";
export { PodFeed } from "./pod-feed.ts";
export { defaultBackOff, type RestartBackOff } from "./restarts.ts";
export type { ContainerStart, RunningContainer, Runtime, Usage } from "./runtime.ts";
export { HollowRuntime } from "./runtimes/hollow.ts";
export { ProcessRuntime } from "./runtimes/process.ts";
export { ThreadRuntime, type ThreadRuntimeOptions } from "./runtimes/thread.ts";
export type { Session, SessionExit, SessionOutput } from "./session.ts";
export type { NodeSurroundings, Tell } from "./surroundings.ts";

/** The door of runtimes/: how a node runs containers, and the three drivers. */
export { HollowRuntime } from "./hollow.ts";
export { ProcessRuntime } from "./process.ts";
export {
  type ContainerStart,
  type Exit,
  type RunningContainer,
  type Runtime,
  StartFailure,
  type Usage,
} from "./runtime.ts";
export { ThreadRuntime, type ThreadRuntimeOptions } from "./thread.ts";

/** The door of runtimes/: how a node runs containers, and the three drivers. */
export { HollowRuntime } from "./hollow.ts";
export { ProcessRuntime } from "./process.ts";
export { groupIsLeft, killGroup, leadsGroup, signalGroup } from "./process-group.ts";
export {
  type Exit,
  type Reported,
  type RunningContainer,
  type Runtime,
  StartFailure,
  type Usage,
} from "./runtime.ts";
export { seriesIn } from "./series-in.ts";
export { ThreadRuntime } from "./thread.ts";

/** The door of worker/: what the node needs to know of the threads it starts, and the types that worker functions use. */

export { chooseFunction } from "./choose-function.ts";
export type { WorkerApi, WorkerContext } from "./context.ts";
export type {
  CommandSession,
  ContainerProcess,
  ExecWorld,
  SessionOptions,
  SessionOrder,
  SessionReport,
} from "./exec/index.ts";
export type { ImageFile, ImageFiles, Mount, PlaceOf } from "./files/index.ts";
export { outOfMemory } from "./guard.ts";
export type { KeptText } from "./hooks.ts";
export type { ImageConfig, ImageSystem, User } from "./image-config.ts";
export type { InputOrder, InputReport } from "./input.ts";
export { type Log, makeLog } from "./log.ts";
export { type MetricLabels, ReportedMetrics, type WorkerMetrics } from "./metrics.ts";
export { OutputRing } from "./output-ring.ts";
export { parametersOf } from "./parameters.ts";
export { downwardFd, upwardFd } from "./pipes.ts";
export {
  type Code,
  type InnerReport,
  innerChannel,
  type MainCommand,
  type Order,
  type OutputPiece,
  ownCommands,
  type Report,
  type Self,
} from "./protocol.ts";
export {
  bucketBounds,
  checkSeries,
  type Distribution,
  type Labels,
  mostSeries,
  type Series,
} from "./series.ts";
export {
  clusterServer,
  connectTo,
  type Dialling,
  datagramFile,
  dialPod,
  encodeDatagramHead,
  innerPath,
  listenAt,
  machinePortAt,
  type PodNames,
  type PodSockets,
  takeHead,
} from "./sockets/index.ts";
export { offerWorkerSide } from "./worker-side.ts";

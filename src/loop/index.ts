/** The door of loop/: the loop that controllers, the scheduler and nodes share. */

export {
  type Controller,
  controller,
  everyKind,
  type Reader,
  type Waker,
  type World,
} from "./controller.ts";
export { EventCounts, EventRecorder, type HealingAct } from "./events/index.ts";
export { fencedRegistry } from "./fenced-registry.ts";
export {
  type LeaderElectionTimes,
  LeaderElector,
  leaderElectionTimes,
  problemOfTimes,
} from "./leader-election.ts";
export { leaseLock } from "./lease-lock.ts";
export { Loop, type LoopMetrics } from "./loop.ts";
export { Loops, type Step } from "./loops.ts";
export { Counter, exponentialBounds, gauge, Histogram, type MetricFamily } from "./measures.ts";
export { again, type Outcome, refused, settled } from "./outcome.ts";
export { FairQueue, FifoQueue, type Queue, type Queued, type WorkItem } from "./queue/index.ts";
export { isOfGoingNamespace, slowStart } from "./slow-start.ts";
export { concerning, keyOf, keyOfObject, namesake, owned, waker } from "./wakers.ts";
export type { ControllerContext } from "./world.ts";

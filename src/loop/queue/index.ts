/** The door of queue/: which keys wait for a run, in which order, and from when on. */
export { DelayingQueue } from "./delaying-queue.ts";
export { isPersonal, itemBecauseOf, textOf, type WorkItem } from "./work-item.ts";
export { FairQueue, FifoQueue, type Queue, type Queued, WorkQueue } from "./work-queue.ts";

/** The door of scheduler/: it gives pods their nodes. */
export { Scheduler } from "./scheduler.ts";

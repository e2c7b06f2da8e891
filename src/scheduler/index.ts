/** The door of scheduler/: it gives pods their nodes. */
export { readSchedulerConfiguration, schedulerConfigurationFromFile } from "./configuration.ts";
export { type NodeReport, reportText, type SchedulingReport } from "./report.ts";
export { Scheduler } from "./scheduler.ts";

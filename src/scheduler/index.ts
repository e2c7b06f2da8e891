/** The door of scheduler/: it gives pods their nodes. */
export type { LoadPlugin } from "./configuration.ts";
export { readSchedulerConfiguration, schedulerConfigurationFromFile } from "./configuration.ts";
export { ownPlugin } from "./own-plugin.ts";
export { PluginHost } from "./plugin-host.ts";
export { type NodeReport, reportText, type SchedulingReport } from "./report.ts";
export { Scheduler } from "./scheduler.ts";

/** The door of scheduler/: it gives pods their nodes, and knows what they request. */
export type { LoadPlugin } from "./configuration.ts";
export { readSchedulerConfiguration, schedulerConfigurationFromFile } from "./configuration.ts";
export { ownPlugin } from "./own-plugin.ts";
export { PluginHost } from "./plugin-host.ts";
export type { NodeReport, SchedulingReport } from "./report.ts";
export { reportText } from "./report-text.ts";
export { requestsOf } from "./requests.ts";
export { Scheduler } from "./scheduler.ts";

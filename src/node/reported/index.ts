/**
 * The door of reported/: what worker functions report of themselves (`metrics` of their context), as the metrics of pods, of other
 * objects and of what is outside.
 */

export { bucketBounds } from "../../worker/index.ts";
export { CustomMetrics, type MetricValue } from "./custom-metrics.ts";
export { ExternalMetrics } from "./external-metrics.ts";
export { MetricNames } from "./metric-names.ts";
export type { PodReport } from "./pod-report.ts";

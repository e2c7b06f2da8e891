/** The door of observe/: what happened, and how much. */
export { type Metrics, metricsOf, workQueueFamilies } from "./metrics.ts";
export { type Moment, momentsOf, sentenceOf, timeline } from "./timeline.ts";

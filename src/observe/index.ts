/** The door of observe/: what happened, and how much. */
export { type Metrics, metricsOf } from "./metrics.ts";
export { type Moment, sentenceOf, timeline } from "./timeline.ts";

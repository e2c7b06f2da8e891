/** The door of observe/: what happened, and how much. */
export { type Metrics, metricsOf } from "./metrics.ts";
export { differencesBetween, type Moment, momentOf, sentenceOf, timeline } from "./timeline.ts";

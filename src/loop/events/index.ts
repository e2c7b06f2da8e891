/** The door of events/: what is told of objects, combined, limited and written. */

export { EventCounts } from "./event-counts.ts";
export { EventRecorder } from "./event-recorder.ts";
export type { HealingAct } from "./healing.ts";

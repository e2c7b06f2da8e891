/** The door of job/. */

export { job } from "./job.ts";
export { isFinished } from "./outcome.ts";

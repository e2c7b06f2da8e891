/** The door of pace/: when a key runs next, and what slows it down. */
export type { BackOff } from "./back-off.ts";
export type { Hold, MadeWrite } from "./circles.ts";
export { type Next, Pace } from "./pace.ts";
export { endByThrowing, endOf, type RunEnd } from "./run-end.ts";

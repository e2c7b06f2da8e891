/** The door of daemonset/. */
export { daemonset } from "./daemonset.ts";

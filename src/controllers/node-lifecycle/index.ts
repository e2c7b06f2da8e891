/** The door of node-lifecycle/. */

export { nodeLifecycle } from "./node-lifecycle.ts";
export { taintEviction } from "./taint-eviction.ts";

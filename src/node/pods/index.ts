/** The door of pods/: the pods of a node, how each is looked after, and how a node hears of them. */
export { PodAddresses } from "./addresses.ts";
export type { PodDependencies, PodWorkerOptions } from "./dependencies.ts";
export { nodeShutdown } from "./early-end.ts";
export { PodFeed, type PodListener } from "./pod-feed.ts";
export { PodWorker } from "./pod-worker.ts";

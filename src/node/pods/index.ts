/** The door of pods/: the pods of a node, how each is looked after, and how a node hears of them. */
export { PodAddresses } from "./addresses.ts";
export { nodeShutdown } from "./early-end.ts";
export { PodFeed, type PodListener } from "./pod-feed.ts";
export { type PodDependencies, PodWorker, type PodWorkerOptions } from "./pod-worker.ts";

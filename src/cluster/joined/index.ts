/** The door of joined/: a node of this process in the cluster of another. */
export { joinCluster } from "./join-cluster.ts";
export type { JoinedNode, JoinOptions } from "./join-options.ts";
export { keyHash } from "./trust.ts";

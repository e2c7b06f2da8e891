/** The calls of a cluster by what they are about; cluster.ts has them all. */
export { type DrainParts, type EvictOptions, evict } from "./drain.ts";
export { type AddedNode, OwnNodes, type RunNode } from "./nodes.ts";
export { type ClusterStats, statsOf } from "./stats.ts";
export { OwnWorkloads, type Rollout } from "./workloads.ts";

/** The calls of a cluster by what they are about; cluster.ts has them all. */
export { OwnDiscovery } from "./discovery.ts";
export type { EvictOptions } from "./drain.ts";
export { OwnHistory } from "./history.ts";
export { type AddedNode, type NodeStopOptions, OwnNodes, type RunNode } from "./nodes.ts";
export { type ContainerLogOptions, OwnPods } from "./pods.ts";
export { OwnPolicy, type PodPolicies, policiesText } from "./policy.ts";
export { type ClusterStats, statsOf } from "./stats.ts";
export { OwnWorkloads, type Rollout } from "./workloads.ts";

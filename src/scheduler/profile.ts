/**
 * A profile: which plugins decide about the pods of one `schedulerName`, with which weights. The plugins and weights of the
 * default profile, and their order, are those of kube-scheduler 1.35.
 */
import type { Plugin } from "./framework.ts";

export interface WeightedPlugin {
  readonly plugin: Plugin;
  readonly weight: number;
}

export interface Profile {
  readonly schedulerName: string;
  /** Of how many nodes that can take a pod the best is chosen; undefined or 0: fewer, the more nodes there are. */
  readonly percentageOfNodesToScore?: number | undefined;
  readonly preEnqueue: readonly Plugin[];
  readonly queueSort: Plugin;
  /** PreFilter and Filter, in the order in which they are asked. */
  readonly filter: readonly Plugin[];
  readonly postFilter: readonly Plugin[];
  /** PreScore and Score. */
  readonly score: readonly WeightedPlugin[];
}

/** Enabled at every extension point that they have something to say at (`multiPoint`); 0: the plugin does not score. */
export const defaultPlugins: readonly { readonly name: string; readonly weight: number }[] = [
  { name: "SchedulingGates", weight: 0 },
  { name: "PrioritySort", weight: 0 },
  { name: "NodeUnschedulable", weight: 0 },
  { name: "NodeName", weight: 0 },
  { name: "TaintToleration", weight: 3 },
  { name: "NodeAffinity", weight: 2 },
  { name: "NodePorts", weight: 0 },
  { name: "NodeResourcesFit", weight: 1 },
  { name: "VolumeRestrictions", weight: 0 },
  { name: "NodeVolumeLimits", weight: 0 },
  { name: "VolumeBinding", weight: 0 },
  { name: "VolumeZone", weight: 0 },
  { name: "PodTopologySpread", weight: 2 },
  { name: "InterPodAffinity", weight: 2 },
  { name: "DynamicResources", weight: 0 },
  { name: "DefaultPreemption", weight: 0 },
  { name: "NodeResourcesBalancedAllocation", weight: 1 },
  { name: "ImageLocality", weight: 1 },
  { name: "DefaultBinder", weight: 0 },
];

/** The plugins of a profile, each once. */
export function pluginsOf({ preEnqueue, queueSort, filter, postFilter, score }: Profile): readonly Plugin[] {
  return [
    ...new Set([...preEnqueue, queueSort, ...filter, ...postFilter, ...score.map(({ plugin }) => plugin)]),
  ];
}

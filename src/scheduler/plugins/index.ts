/** The door of plugins/: every plugin that is built in, by its name, as something that takes its arguments. */
import type { Plugin } from "../framework.ts";
import { type DefaultPreemptionArgs, defaultPreemption } from "./default-preemption.ts";
import { dynamicResources } from "./dynamic-resources.ts";
import { imageLocality } from "./image-locality.ts";
import { type InterPodAffinityArgs, interPodAffinity } from "./inter-pod-affinity.ts";
import { type NodeAffinityArgs, nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import {
  type BalancedAllocationArgs,
  nodeResourcesBalancedAllocation,
} from "./node-resources-balanced-allocation.ts";
import { type NodeResourcesFitArgs, nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { type PodTopologySpreadArgs, podTopologySpread } from "./pod-topology-spread.ts";
import { prioritySort } from "./priority-sort.ts";
import { schedulingGates } from "./scheduling-gates.ts";
import { taintToleration } from "./taint-toleration.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

export type { DefaultPreemptionArgs } from "./default-preemption.ts";
export type { InterPodAffinityArgs } from "./inter-pod-affinity.ts";
export type { BalancedAllocationArgs } from "./node-resources-balanced-allocation.ts";
export type { NodeResourcesFitArgs } from "./node-resources-fit.ts";
export type { PodTopologySpreadArgs } from "./pod-topology-spread.ts";
export { priorityOf } from "./priority-sort.ts";

/** Arguments that were found right (plugin-arguments.ts). */
export type PluginArgs = NodeResourcesFitArgs &
  BalancedAllocationArgs &
  NodeAffinityArgs &
  InterPodAffinityArgs &
  PodTopologySpreadArgs &
  DefaultPreemptionArgs;

/** What has a name in Kubernetes and nothing to do here: binding is the scheduler's own. */
const idle = (name: string) => (): Plugin => ({ name });

export const builtInPlugins: Readonly<Record<string, (args: PluginArgs) => Plugin>> = {
  SchedulingGates: schedulingGates,
  PrioritySort: prioritySort,
  NodeUnschedulable: nodeUnschedulable,
  NodeName: nodeName,
  TaintToleration: taintToleration,
  NodeAffinity: nodeAffinity,
  NodePorts: nodePorts,
  NodeResourcesFit: nodeResourcesFit,
  VolumeRestrictions: volumeRestrictions,
  NodeVolumeLimits: nodeVolumeLimits,
  VolumeBinding: volumeBinding,
  VolumeZone: volumeZone,
  PodTopologySpread: podTopologySpread,
  InterPodAffinity: interPodAffinity,
  DynamicResources: dynamicResources,
  DefaultPreemption: defaultPreemption,
  NodeResourcesBalancedAllocation: nodeResourcesBalancedAllocation,
  ImageLocality: imageLocality,
  DefaultBinder: idle("DefaultBinder"),
};

export function isBuiltIn(name: string): boolean {
  return Object.hasOwn(builtInPlugins, name);
}

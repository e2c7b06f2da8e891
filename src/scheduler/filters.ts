/**
 * Filter plugins: which nodes can take a pod at all. Each asks one question of one node, and says in Kubernetes' words why not.
 * The first that refuses has spoken for that node. Names and order are those of Kubernetes' plugins.
 */
import { isSuited, type Pod, tolerates } from "../resources/index.ts";
import type { NodeInfo } from "./node-info.ts";
import { type Amounts, minus } from "./requests.ts";

/** A pod, and what it asks of a node, worked out once before all nodes are asked. */
export interface PodInfo {
  readonly pod: Pod;
  readonly requests: Amounts;
  /** The uid of the controller that owns the pod. */
  readonly owner: string | undefined;
  /** The filters that ask about volumes (claims.ts) and other pods (neighbours.ts), in order; empty for most. */
  readonly own: readonly Filter[];
}

/** Why a node cannot take a pod. */
export interface Refusal {
  /** `Insufficient cpu`; one for each resource that is short. */
  readonly reasons: readonly string[];
  /** Kubernetes says UnschedulableAndUnresolvable: no pod that went away could let this one in. */
  readonly isFinal: boolean;
}

export type Filter = (podInfo: PodInfo, nodeInfo: NodeInfo) => Refusal | undefined;

const cordoned: Refusal = { reasons: ["node(s) were unschedulable"], isFinal: true };
const tainted: Refusal = { reasons: ["node(s) had untolerated taint(s)"], isFinal: true };
const unsuited: Refusal = { reasons: ["node(s) didn't match Pod's node affinity/selector"], isFinal: true };

/** Asks one node, filter after filter; nothing where it can take the pod. */
export function refusalOf(podInfo: PodInfo, nodeInfo: NodeInfo): Refusal | undefined {
  return (
    nodeUnschedulable(podInfo, nodeInfo) ??
    taintToleration(podInfo, nodeInfo) ??
    nodeAffinity(podInfo, nodeInfo) ??
    nodeResourcesFit(podInfo, nodeInfo) ??
    own(podInfo, nodeInfo)
  );
}

/** `kubectl cordon` closes a node to all but those who tolerate the taint that it stands for. */
function nodeUnschedulable({ pod }: PodInfo, { node }: NodeInfo): Refusal | undefined {
  if (!node.spec?.unschedulable) return undefined;
  const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
  return pod.spec.tolerations?.some(toleration => tolerates(toleration, taint)) ? undefined : cordoned;
}

function taintToleration({ pod }: PodInfo, { node }: NodeInfo): Refusal | undefined {
  if (!node.spec?.taints) return undefined;
  for (const taint of node.spec.taints) {
    if (taint.effect === "PreferNoSchedule") continue;
    if (!pod.spec.tolerations?.some(toleration => tolerates(toleration, taint))) return tainted;
  }
  return undefined;
}

function nodeAffinity({ pod }: PodInfo, { node }: NodeInfo): Refusal | undefined {
  return isSuited(pod, node) ? undefined : unsuited;
}

function nodeResourcesFit({ requests }: PodInfo, { allocatable, requested }: NodeInfo): Refusal | undefined {
  const fits =
    requests.pods <= allocatable.pods - requested.pods &&
    (requests.cpu === 0 || requests.cpu <= allocatable.cpu - requested.cpu) &&
    (requests.memory === 0 || requests.memory <= allocatable.memory - requested.memory) &&
    (requests.others.size === 0 || shortOf(requests, minus(allocatable, requested)).length === 0);
  if (fits) return undefined;
  return {
    reasons: shortOf(requests, minus(allocatable, requested)),
    isFinal: shortOf(requests, allocatable).length > 0,
  };
}

/** What there is not enough of, in Kubernetes' words. */
function shortOf(requests: Amounts, free: Amounts): string[] {
  const reasons: string[] = [];
  const check = (reason: string, wanted: number, available: number) => {
    if (wanted > 0 && wanted > available) reasons.push(reason);
  };
  check("Too many pods", requests.pods, free.pods);
  check("Insufficient cpu", requests.cpu, free.cpu);
  check("Insufficient memory", requests.memory, free.memory);
  for (const [resource, amount] of requests.others)
    check(`Insufficient ${resource}`, amount, free.others.get(resource) ?? 0);
  return reasons;
}

function own(podInfo: PodInfo, nodeInfo: NodeInfo): Refusal | undefined {
  for (const filter of podInfo.own) {
    const refusal = filter(podInfo, nodeInfo);
    if (refusal) return refusal;
  }
  return undefined;
}

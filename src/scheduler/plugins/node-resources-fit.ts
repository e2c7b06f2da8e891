/**
 * NodeResourcesFit: a node must have left what a pod requests, of each resource, and a place among its pods. The score says how
 * the nodes are to fill: all alike (LeastAllocated, the default), one after the other (MostAllocated: bin packing), or
 * along a line of one's own from utilization to score (RequestedToCapacityRatio).
 */
import { hasEnded, isSame, type Node, type Pod } from "../../resources/index.ts";
import { maxScore, type Plugin, type Refusal } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { type Amounts, allocatableOf, amountOf, minus, requestsOf, scoredRequestsOf } from "../requests.ts";

export interface ResourceWeight {
  readonly name: string;
  readonly weight: number;
}

/** A point of the line from utilization (in percent) to score (0 to 10). */
interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export interface NodeResourcesFitArgs {
  /** Extended resources that are not asked for here, by name or by the group before the slash. */
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: {
    readonly type: "LeastAllocated" | "MostAllocated" | "RequestedToCapacityRatio";
    /** Default: cpu and memory, each 1. */
    readonly resources?: readonly ResourceWeight[];
    readonly requestedToCapacityRatio?: { readonly shape: readonly ShapePoint[] };
  };
}

export const cpuAndMemory: readonly ResourceWeight[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

export function nodeResourcesFit(args: NodeResourcesFitArgs = {}): Plugin {
  const {
    type = "LeastAllocated",
    resources = cpuAndMemory,
    requestedToCapacityRatio,
  } = args.scoringStrategy ?? {};
  const rate = {
    LeastAllocated: leastAllocated,
    MostAllocated: mostAllocated,
    RequestedToCapacityRatio: alongLine(requestedToCapacityRatio?.shape ?? []),
  }[type];
  const counted = (pod: Pod) => withoutIgnored(requestsOf(pod), args);
  return {
    name: "NodeResourcesFit",
    preFilter(pod) {
      const requests = counted(pod);
      return { filter: nodeInfo => refusalOf(requests, nodeInfo) };
    },
    preScore(pod) {
      const wanted = scoredRequestsOf(pod);
      // The common case, which is asked of hundreds of nodes for every pod.
      if (resources === cpuAndMemory && type !== "RequestedToCapacityRatio")
        return { score: byCpuAndMemory(wanted, rate) };
      const weighed = resources.map(({ name, weight }) => ({ name, weight, amount: amountOf(wanted, name) }));
      return {
        score: ({ allocatable, scored }) => {
          let sum = 0;
          let weights = 0;
          for (const { name, weight, amount } of weighed) {
            const capacity = amountOf(allocatable, name);
            // A resource that the node has not, or the pod does not ask for, says nothing.
            if (capacity === 0 || (amount === 0 && name !== "cpu" && name !== "memory")) continue;
            const rated = rate(amountOf(scored, name) + amount, capacity);
            if (type === "RequestedToCapacityRatio" && rated === 0) continue;
            sum += rated * weight;
            weights += weight;
          }
          if (weights === 0) return 0;
          return type === "RequestedToCapacityRatio" ? Math.round(sum / weights) : Math.trunc(sum / weights);
        },
      };
    },
    hints: [
      {
        kind: "Pod",
        helps: (_, { type, object, previous }) => {
          const before = previous as Pod | undefined;
          const now = object as Pod;
          if (!before?.spec.nodeName || hasEnded(before)) return false;
          if (type === "DELETED" || hasEnded(now)) return true;
          return before.spec !== now.spec && isLess(requestsOf(now), requestsOf(before));
        },
      },
      {
        kind: "Node",
        helps: (pod, { object, previous }) => {
          const before = (previous as Node | undefined)?.status?.allocatable;
          if (previous && isSame(before, (object as Node).status?.allocatable)) return false;
          return shortOf(counted(pod), allocatableOf(object as Node)).length === 0;
        },
      },
    ],
  };
}

function refusalOf(requests: Amounts, { allocatable, requested }: NodeInfo): Refusal | undefined {
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

function withoutIgnored(
  requests: Amounts,
  { ignoredResources = [], ignoredResourceGroups = [] }: NodeResourcesFitArgs,
): Amounts {
  if (requests.others.size === 0 || (ignoredResources.length === 0 && ignoredResourceGroups.length === 0))
    return requests;
  const isCounted = (name: string) =>
    !ignoredResources.includes(name) && !ignoredResourceGroups.includes(name.split("/")[0] ?? "");
  return { ...requests, others: new Map([...requests.others].filter(([name]) => isCounted(name))) };
}

function isLess(one: Amounts, other: Amounts): boolean {
  if (one.cpu < other.cpu || one.memory < other.memory) return true;
  return [...other.others].some(([name, amount]) => (one.others.get(name) ?? 0) < amount);
}

type Rate = (requested: number, capacity: number) => number;

/** What the general score comes to where cpu and memory count the same. */
function byCpuAndMemory({ cpu, memory }: Amounts, rate: Rate): (nodeInfo: NodeInfo) => number {
  return ({ allocatable, scored }) => {
    const hasCpu = allocatable.cpu !== 0;
    const hasMemory = allocatable.memory !== 0;
    const byCpu = hasCpu ? rate(scored.cpu + cpu, allocatable.cpu) : 0;
    const byMemory = hasMemory ? rate(scored.memory + memory, allocatable.memory) : 0;
    return hasCpu && hasMemory ? Math.trunc((byCpu + byMemory) / 2) : byCpu + byMemory;
  };
}

function leastAllocated(requested: number, capacity: number): number {
  return requested > capacity ? 0 : Math.trunc(((capacity - requested) * maxScore) / capacity);
}

function mostAllocated(requested: number, capacity: number): number {
  return Math.trunc((Math.min(requested, capacity) * maxScore) / capacity);
}

/** A line through the points: level before the first and after the last. */
function alongLine(shape: readonly ShapePoint[]): Rate {
  // Points are written from 0 to 10; scores go to 100.
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * (maxScore / 10) }));
  return (requested, capacity) => {
    const utilization = requested > capacity ? 100 : Math.trunc((requested * 100) / capacity);
    let before = points[0];
    for (const point of points) {
      if (!before || utilization <= point.utilization) {
        if (!before || before === point) return point.score;
        const share = (utilization - before.utilization) / (point.utilization - before.utilization);
        return Math.trunc(before.score + (point.score - before.score) * share);
      }
      before = point;
    }
    return before?.score ?? 0;
  };
}

/**
 * NodeResourcesFit: a node must have left what a pod requests, of each resource, and a place among its pods. The score says how
 * the nodes are to fill: all alike (LeastAllocated, the default), one after the other (MostAllocated: bin packing), or
 * along a line of one's own from utilization to score (RequestedToCapacityRatio).
 */
import { formatQuantity, hasEnded, isSame, type Pod } from "../../resources/index.ts";
import { type Filter, hint, maxScore, type Plugin, type Refusal } from "../framework.ts";
import { type AmountsOfNodes, at } from "../node-amounts.ts";
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
    preFilter(pod, { snapshot: { amounts } }) {
      return { filter: filterFor(counted(pod), amounts) };
    },
    preScore(pod, _, { snapshot: { amounts } }) {
      const wanted = scoredRequestsOf(pod);
      // The common case, which is asked of hundreds of nodes for every pod.
      if (resources === cpuAndMemory && type !== "RequestedToCapacityRatio")
        return { score: byCpuAndMemory(wanted, rate, amounts) };
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
    remedies(pod) {
      const wanted = counted(pod);
      const resources = ["pods", "cpu", "memory", ...wanted.others.keys()];
      return ({ allocatable, requested }) =>
        resources.flatMap(resource => {
          const [needs, has] = [amountOf(wanted, resource), amountOf(allocatable, resource)];
          const free = has - amountOf(requested, resource);
          return needs === 0 || needs <= free ? [] : [shortfall(resource, needs, free, has)];
        });
    },
    hints: [
      hint("Pod", (pod, { type, object: now, previous: before }) => {
        if (!before || hasEnded(before)) return false;
        // One that was promised a node, and goes without having had it, gives back what was kept for it.
        if (!before.spec.nodeName && before.status?.nominatedNodeName === undefined) return false;
        if (type === "DELETED" || hasEnded(now)) return true;
        if (!before.spec.nodeName) return false;
        // What a resize in place gives back is free when the node has granted it: that is a change of the status.
        const isAsBefore =
          before.spec === now.spec && before.status?.containerStatuses === now.status?.containerStatuses;
        return !isAsBefore && hasMore(requestsOf(before), requestsOf(now), counted(pod));
      }),
      hint("Node", (pod, { object: now, previous: before }) => {
        if (before && isSame(before.status?.allocatable, now.status?.allocatable)) return false;
        const [requests, allocatable] = [counted(pod), allocatableOf(now)];
        if (before && !hasMore(allocatable, allocatableOf(before), requests)) return false;
        return shortOf(requests, allocatable).length === 0;
      }),
    ],
  };
}

function filterFor(requests: Amounts, { allocatable, requested }: AmountsOfNodes): Filter {
  const { cpu, memory, pods, others } = requests;
  // Thousands of nodes refuse in the same words: they share them.
  const refusals = new Map<string | number, Refusal>();
  const shared = (key: string | number, reasons: () => readonly string[], isFinal: boolean): Refusal => {
    const refusal = refusals.get(key) ?? { reasons: reasons(), isFinal };
    refusals.set(key, refusal);
    return refusal;
  };
  return nodeInfo => {
    const { index } = nodeInfo;
    const [hasCpu, hasMemory] = [at(allocatable.cpu, index), at(allocatable.memory, index)];
    const hasPods = at(allocatable.pods, index);
    // One bit for each of the three that is short.
    const short =
      (pods > hasPods - at(requested.pods, index) ? 1 : 0) +
      (cpu > 0 && cpu > hasCpu - at(requested.cpu, index) ? 2 : 0) +
      (memory > 0 && memory > hasMemory - at(requested.memory, index) ? 4 : 0);
    if (others.size === 0) {
      if (short === 0) return undefined;
      const isFinal = pods > hasPods || cpu > hasCpu || memory > hasMemory;
      const reasons = () => shortOf(requests, minus(nodeInfo.allocatable, nodeInfo.requested));
      return shared(isFinal ? short + 8 : short, reasons, isFinal);
    }
    const reasons = shortOf(requests, minus(nodeInfo.allocatable, nodeInfo.requested));
    if (reasons.length === 0) return undefined;
    const isFinal = shortOf(requests, nodeInfo.allocatable).length > 0;
    return shared(`${isFinal} ${reasons.join()}`, () => reasons, isFinal);
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

/** `500m more cpu (it requests 1500m; 1000m of 2000m are free)`. */
function shortfall(resource: string, needs: number, free: number, has: number): string {
  if (resource === "pods") return `a place among its pods, of which it may have ${has} and has ${has - free}`;
  const text = (amount: number) => amountText(resource, amount);
  const figures = `it requests ${text(needs)}; ${text(free)} of ${text(has)} are free`;
  const isTooLarge = needs > has ? ", and even an empty node has too little" : "";
  return `${text(needs - free)} more ${resource} (${figures}${isTooLarge})`;
}

/** `1500m` of processors, `512Mi` of memory, as Kubernetes writes them. */
function amountText(resource: string, amount: number): string {
  if (resource === "cpu") return `${amount}m`;
  const isBytes =
    resource === "memory" || resource === "ephemeral-storage" || resource.startsWith("hugepages-");
  const billionths = BigInt(Math.round(amount)) * 1_000_000_000n;
  return formatQuantity({ billionths, form: isBytes ? "binary" : "decimal" });
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

/** Whether the first amounts hold more than the second of anything that is asked for. */
function hasMore(one: Amounts, other: Amounts, asked: Amounts): boolean {
  return ["cpu", "memory", "pods", ...asked.others.keys()].some(
    resource => amountOf(asked, resource) > 0 && amountOf(one, resource) > amountOf(other, resource),
  );
}

type Rate = (requested: number, capacity: number) => number;

/** What the general score comes to where cpu and memory count the same. */
function byCpuAndMemory(
  { cpu, memory }: Amounts,
  rate: Rate,
  { allocatable, scored }: AmountsOfNodes,
): (nodeInfo: NodeInfo) => number {
  return ({ index }) => {
    const [ofCpu, ofMemory] = [at(allocatable.cpu, index), at(allocatable.memory, index)];
    const byCpu = ofCpu === 0 ? 0 : rate(at(scored.cpu, index) + cpu, ofCpu);
    const byMemory = ofMemory === 0 ? 0 : rate(at(scored.memory, index) + memory, ofMemory);
    return ofCpu !== 0 && ofMemory !== 0 ? Math.trunc((byCpu + byMemory) / 2) : byCpu + byMemory;
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

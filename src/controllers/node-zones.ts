/**
 * Whether pods may be driven off a node that is not ready, as Kubernetes' node life cycle controller decides it: one node of a
 * zone every ten seconds, more slowly where most of a zone is not ready, and none where no node at all is: then it is more likely
 * that something is wrong with the network, or that this machine was asleep, and the pods run well. No count is kept for it: when
 * a node of the zone was the last to be given up stands in the `timeAdded` of its taint.
 */
import type { Node, Taint } from "../resources/index.ts";

/** One node every ten seconds: `--node-eviction-rate` of 0.1. */
const paceMs = 10_000;
/** Where most of a large zone is not ready: `--secondary-node-eviction-rate` of 0.01. */
const slowPaceMs = 100_000;
/** A zone of no more nodes than this is small: `--large-cluster-size-threshold`. */
const small = 50;
/** So great a share of a zone is most of it: `--unhealthy-zone-threshold`. */
const most = 0.55;
/** As many as this may be not ready without being most of anything. */
const few = 2;

/** `no`: nobody is driven off; `wait`: nobody else, before `until`, in milliseconds since 1970. */
export type Driving = { readonly may: "yes" | "no" } | { readonly may: "wait"; readonly until: number };

/** How a node is seen by the one who decides. */
export interface SeenNode {
  readonly node: Node;
  readonly isReady: boolean;
}

export function zoneOf({ metadata: { labels = {} } }: Node): string {
  return `${labels["topology.kubernetes.io/region"] ?? ""}/${labels["topology.kubernetes.io/zone"] ?? ""}`;
}

/**
 * @param nodes all there are
 * @param isDriving whether a taint is one of those that drive pods off a node that is not ready
 */
export function drivingFrom(
  zone: string,
  nodes: readonly SeenNode[],
  isDriving: (taint: Taint) => boolean,
  now: number,
): Driving {
  let isAnyReady = false;
  let size = 0;
  let unready = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const { node, isReady } of nodes) {
    isAnyReady ||= isReady;
    if (zoneOf(node) !== zone) continue;
    size++;
    if (!isReady) unready++;
    for (const taint of node.spec?.taints ?? [])
      if (isDriving(taint)) lastAt = Math.max(lastAt, Date.parse(taint.timeAdded ?? "") || 0);
  }
  if (!isAnyReady) return { may: "no" };
  const until = lastAt + paceOf(size, unready);
  return until > now ? { may: "wait", until } : { may: "yes" };
}

/** In milliseconds. A zone of which nothing is ready is given up as quickly as a single node: there are others. */
function paceOf(size: number, unready: number): number {
  const isMost = unready < size && unready > few && unready / size >= most;
  if (!isMost) return paceMs;
  return size > small ? slowPaceMs : Number.POSITIVE_INFINITY;
}

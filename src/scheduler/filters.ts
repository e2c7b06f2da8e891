/**
 * Filters: which nodes can take a pod at all. Each asks one question of one node, and says in Kubernetes' words why not.
 * They stand in the order in which they are asked; the first that refuses has spoken for that node.
 */
import { type Pod, tolerates } from "../resources/index.ts";
import { isSuited } from "./node-affinity.ts";
import type { Place } from "./place.ts";
import type { Amounts } from "./requests.ts";

/** What a pod asks of a node, worked out once before all nodes are asked. */
export interface Wish {
  readonly pod: Pod;
  readonly requests: Amounts;
  /** What it asks of the pods around it (neighbours.ts), in order; empty for most. */
  readonly neighbourly: readonly Filter[];
}

/** Why a node cannot take a pod. */
export interface Refusal {
  /** `Insufficient cpu`; one for each resource that is short. */
  readonly reasons: readonly string[];
  /** True where not even an empty node would help: no pod that went away could let this one in. */
  readonly isFinal: boolean;
}

export type Filter = (wish: Wish, place: Place) => Refusal | undefined;

const cordoned: Refusal = { reasons: ["node(s) were unschedulable"], isFinal: true };
const tainted: Refusal = { reasons: ["node(s) had untolerated taint(s)"], isFinal: true };
const unsuited: Refusal = { reasons: ["node(s) didn't match Pod's node affinity/selector"], isFinal: true };

export const filters: readonly Filter[] = [isOpen, isBearable, isWanted, hasRoom, suitsNeighbours];

/** Asks one node. */
export function refusalOf(wish: Wish, place: Place): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(wish, place);
    if (refusal) return refusal;
  }
  return undefined;
}

/** `kubectl cordon` closes a node to all but those who tolerate the taint that it stands for. */
function isOpen({ pod }: Wish, { node }: Place): Refusal | undefined {
  if (!node.spec?.unschedulable) return undefined;
  const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
  return pod.spec.tolerations?.some(toleration => tolerates(toleration, taint)) ? undefined : cordoned;
}

function isBearable({ pod }: Wish, { node }: Place): Refusal | undefined {
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect === "PreferNoSchedule") continue;
    if (!pod.spec.tolerations?.some(toleration => tolerates(toleration, taint))) return tainted;
  }
  return undefined;
}

function isWanted({ pod }: Wish, { node }: Place): Refusal | undefined {
  return isSuited(pod, node) ? undefined : unsuited;
}

function hasRoom({ requests }: Wish, { capacity, taken }: Place): Refusal | undefined {
  let short: string[] | undefined;
  for (const [resource, amount] of requests) {
    if (amount > 0 && amount > (capacity.get(resource) ?? 0) - (taken.get(resource) ?? 0)) {
      short ??= [];
      short.push(resource);
    }
  }
  if (!short) return undefined;
  const reasons = short.map(resource => (resource === "pods" ? "Too many pods" : `Insufficient ${resource}`));
  const isFinal = short.some(resource => (requests.get(resource) ?? 0) > (capacity.get(resource) ?? 0));
  return { reasons, isFinal };
}

function suitsNeighbours(wish: Wish, place: Place): Refusal | undefined {
  for (const filter of wish.neighbourly) {
    const refusal = filter(wish, place);
    if (refusal) return refusal;
  }
  return undefined;
}

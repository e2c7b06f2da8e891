/**
 * Filters: which nodes can take a pod at all. Each asks one question of one node, and says in Kubernetes' words why not. The
 * first that refuses has spoken for that node.
 */
import { type Pod, tolerates } from "../resources/index.ts";
import { isSuited } from "./node-affinity.ts";
import type { Place } from "./place.ts";
import { type Amounts, minus } from "./requests.ts";

/** What a pod asks of a node, worked out once before all nodes are asked. */
export interface Wish {
  readonly pod: Pod;
  readonly requests: Amounts;
  /** Who has the pod in charge, by uid. */
  readonly owner: string | undefined;
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

/** Asks one node, filter after filter; nothing where it can take the pod. */
export function refusalOf(wish: Wish, place: Place): Refusal | undefined {
  return (
    isOpen(wish, place) ??
    isBearable(wish, place) ??
    isWanted(wish, place) ??
    hasRoom(wish, place) ??
    suitsNeighbours(wish, place)
  );
}

/** `kubectl cordon` closes a node to all but those who tolerate the taint that it stands for. */
function isOpen({ pod }: Wish, { node }: Place): Refusal | undefined {
  if (!node.spec?.unschedulable) return undefined;
  const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
  return pod.spec.tolerations?.some(toleration => tolerates(toleration, taint)) ? undefined : cordoned;
}

function isBearable({ pod }: Wish, { node }: Place): Refusal | undefined {
  if (!node.spec?.taints) return undefined;
  for (const taint of node.spec.taints) {
    if (taint.effect === "PreferNoSchedule") continue;
    if (!pod.spec.tolerations?.some(toleration => tolerates(toleration, taint))) return tainted;
  }
  return undefined;
}

function isWanted({ pod }: Wish, { node }: Place): Refusal | undefined {
  return isSuited(pod, node) ? undefined : unsuited;
}

function hasRoom({ requests }: Wish, { capacity, taken }: Place): Refusal | undefined {
  const fits =
    requests.pods <= capacity.pods - taken.pods &&
    (requests.cpu === 0 || requests.cpu <= capacity.cpu - taken.cpu) &&
    (requests.memory === 0 || requests.memory <= capacity.memory - taken.memory) &&
    (requests.others.size === 0 || shortOf(requests, minus(capacity, taken)).length === 0);
  if (fits) return undefined;
  return {
    reasons: shortOf(requests, minus(capacity, taken)),
    isFinal: shortOf(requests, capacity).length > 0,
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

function suitsNeighbours(wish: Wish, place: Place): Refusal | undefined {
  for (const filter of wish.neighbourly) {
    const refusal = filter(wish, place);
    if (refusal) return refusal;
  }
  return undefined;
}

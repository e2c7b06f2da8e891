/**
 * Whom a ReplicaSet, or a Job, removes first when it has too many. The orders are Kubernetes' (ActivePodsWithRanks, ActivePods in
 * pkg/controller/controller_utils.go): those that would be missed least go first. Copies with fixed names simply lose the highest.
 */
import type { KubernetesObject, Pod } from "../resources/index.ts";
import { type Child, isReady, readySince } from "./availability.ts";

type Order = (a: Pod, b: Pod) => number;

const byNotAssigned: Order = (a, b) => rank(Boolean(a.spec.nodeName)) - rank(Boolean(b.spec.nodeName));
const byPhase: Order = (a, b) => phaseRank(a) - phaseRank(b);
const byNotReady: Order = (a, b) => rank(isReady(a)) - rank(isReady(b));
const byDeletionCost: Order = (a, b) => deletionCost(a) - deletionCost(b);
/** Comes after byNotReady: both are ready here, or neither is, and then it says nothing. */
const byShorterReady: Order = (a, b) => (isReady(a) ? readySince(b) - readySince(a) : 0);
const byMoreRestarts: Order = (a, b) => restarts(b) - restarts(a) || sidecarRestarts(b) - sidecarRestarts(a);
const byYounger: Order = (a, b) => createdAt(b) - createdAt(a);

/** Compares a Job's pods so that the first victim comes first. */
export const byActiveOrder: Order = inTurn([
  byNotAssigned,
  byPhase,
  byNotReady,
  byShorterReady,
  byMoreRestarts,
  byYounger,
]);

/**
 * Compares a ReplicaSet's pods so that the first victim comes first. Those that share a node with many of the `related` pods, which
 * are those of all sets of the same Deployment, go before others. Of ages only the order of magnitude counts, and within it
 * chance does, so that not always the newest ones go; `now` in milliseconds since 1970.
 */
export function byVictimOrder(related: readonly Child[], now: number): (a: Child, b: Child) => number {
  const onNode = new Map<string | undefined, number>();
  for (const sibling of related) onNode.set(nodeOf(sibling), (onNode.get(nodeOf(sibling)) ?? 0) + 1);
  const byCrowd: Order = (a, b) => (onNode.get(nodeOf(b)) ?? 0) - (onNode.get(nodeOf(a)) ?? 0);
  const byAge =
    (since: (pod: Pod) => number): Order =>
    (a, b) =>
      since(a) === since(b) ? 0 : magnitude(now - since(a)) - magnitude(now - since(b)) || byUid(a, b);
  const order = inTurn([
    byNotAssigned,
    byPhase,
    byNotReady,
    byDeletionCost,
    byCrowd,
    byAge(readySince),
    byMoreRestarts,
    byAge(createdAt),
  ]);
  return (a, b) => order(a as Pod, b as Pod);
}

function inTurn(orders: readonly Order[]): Order {
  return (a, b) => {
    for (const order of orders) {
      const difference = order(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

/** Of an age in milliseconds: it doubles from one to the next. Counted in nanoseconds, as in Kubernetes. */
function magnitude(age: number): number {
  return age > 0 ? Math.trunc(Math.log2(age * 1_000_000)) : -1;
}

function byUid({ metadata: a }: Pod, { metadata: b }: Pod): number {
  return a.uid < b.uid ? -1 : 1;
}

/** `web-10` before `web-9` before what has no number. */
export function byOrdinalDown(a: KubernetesObject, b: KubernetesObject): number {
  return ordinalOf(b) - ordinalOf(a);
}

function ordinalOf({ metadata }: KubernetesObject): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

function rank(isMissed: boolean): number {
  return isMissed ? 1 : 0;
}

function phaseRank({ status }: Pod): number {
  return ["Pending", "Unknown", "Running"].indexOf(status?.phase ?? "Pending");
}

function deletionCost({ metadata }: Pod): number {
  return Number(metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0;
}

function nodeOf(child: Child): string | undefined {
  return (child as Pod).spec.nodeName;
}

function restarts({ status }: Pod): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(container => container.restartCount));
}

function sidecarRestarts({ spec, status }: Pod): number {
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always") ?? [];
  if (sidecars.length === 0) return 0;
  const names = new Set(sidecars.map(({ name }) => name));
  const counts = status?.initContainerStatuses?.filter(({ name }) => names.has(name)) ?? [];
  return Math.max(0, ...counts.map(({ restartCount }) => restartCount));
}

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp);
}

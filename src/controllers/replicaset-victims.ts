/**
 * Whom a ReplicaSet removes first when it has too many. The order is Kubernetes' (ActivePodsWithRanks): those that
 * would be missed least go first. Copies with fixed names simply lose the highest.
 */
import type { KubernetesObject, Pod } from "../resources/index.ts";
import { isReady, readySince } from "./replicaset-status.ts";
import type { Child } from "./replicaset-template.ts";

type Order = (a: Pod, b: Pod) => number;

const byNotAssigned: Order = (a, b) => rank(Boolean(a.spec.nodeName)) - rank(Boolean(b.spec.nodeName));
const byPhase: Order = (a, b) => phaseRank(a) - phaseRank(b);
const byNotReady: Order = (a, b) => rank(isReady(a)) - rank(isReady(b));
const byDeletionCost: Order = (a, b) => deletionCost(a) - deletionCost(b);
/** Comes after byNotReady: both are ready here, or neither is, and then it says nothing. */
const byShorterReady: Order = (a, b) => (isReady(a) ? readySince(b) - readySince(a) : 0);
const byMoreRestarts: Order = (a, b) => restarts(b) - restarts(a);
const byYounger: Order = (a, b) => createdAt(b) - createdAt(a);

/** Compares pods so that the first victim comes first. Those that share a node with many of their kind go before others. */
export function byVictimOrder(siblings: readonly Child[]): (a: Child, b: Child) => number {
  const onNode = new Map<string | undefined, number>();
  for (const sibling of siblings) onNode.set(nodeOf(sibling), (onNode.get(nodeOf(sibling)) ?? 0) + 1);
  const byCrowd: Order = (a, b) => (onNode.get(nodeOf(b)) ?? 0) - (onNode.get(nodeOf(a)) ?? 0);
  const orders = [
    byNotAssigned,
    byPhase,
    byNotReady,
    byDeletionCost,
    byCrowd,
    byShorterReady,
    byMoreRestarts,
    byYounger,
  ];
  return (a, b) => {
    for (const order of orders) {
      const difference = order(a as Pod, b as Pod);
      if (difference !== 0) return difference;
    }
    return 0;
  };
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

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp);
}

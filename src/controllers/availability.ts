/**
 * Since when a pod, or a Container, has been ready, and whether that is long enough to count as available: the same for every
 * workload that has `minReadySeconds`.
 */
import {
  type Container,
  conditionOf,
  hasEnded,
  isTerminating,
  isTrue,
  type Pod,
  type PodCondition,
} from "../resources/index.ts";

/** What a workload has in charge; Containers are a ReplicaSet's alone. */
export type Child = Pod | Container;

/** One that counts: it has not ended, and nobody asked it to go (`IsPodActive` in Kubernetes). */
export function isActive(child: Child): boolean {
  return !isTerminating(child) && !isSpent(child);
}

/** A pod that has run to its end does not count: another takes its place. */
function isSpent(child: Child): boolean {
  return child.kind === "Pod" && hasEnded(child);
}

/** Ready, and what is ready is what was asked for last. */
export function isReady(child: Child): boolean {
  if (child.kind === "Pod") return isTrue(child, "Ready");
  return isTrue(child, "Ready") && child.status?.observedGeneration === child.metadata.generation;
}

/** Since when it is ready, in milliseconds since 1970; for one that is not, infinitely late. */
export function readySince(child: Child): number {
  const condition = conditionOf<PodCondition>(child, "Ready");
  return condition?.status === "True"
    ? Date.parse(condition.lastTransitionTime ?? "")
    : Number.POSITIVE_INFINITY;
}

/** How long until the child counts as available; 0 where it does, infinite where it is not ready. */
export function availableInMs(child: Child, minReadySeconds = 0, now: number): number {
  const since = readySince(child);
  if (since === Number.POSITIVE_INFINITY) return since;
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1_000 - now);
}

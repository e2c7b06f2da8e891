/**
 * How many pods a Deployment may have while it rolls out: `maxSurge` more than it wants, and `maxUnavailable` fewer that are
 * available. Both may be a share of the replicas, the first rounded up, the second down.
 */
import type { Deployment, ReplicaSet } from "../../resources/index.ts";
import { countOf } from "../count-or-share.ts";

/** How many it wants. */
export function replicasOf({ spec: { replicas = 1 } }: Deployment | ReplicaSet): number {
  return replicas;
}

/** How many more there may be for a while. */
export function maxSurge(deployment: Deployment): number {
  if (!isRolling(deployment)) return 0;
  const { maxSurge: surge = 0 } = deployment.spec.strategy?.rollingUpdate ?? {};
  return countOf(surge, replicasOf(deployment));
}

/** How many may be missing for a while. At least one where there may not be more either: else nothing could ever begin. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment) || replicas === 0) return 0;
  const { maxUnavailable: unavailable = 0 } = deployment.spec.strategy?.rollingUpdate ?? {};
  const count = countOf(unavailable, replicas, Math.floor);
  return Math.min(replicas, count === 0 && maxSurge(deployment) === 0 ? 1 : count);
}

export function isRolling({ spec }: Deployment): boolean {
  return spec.strategy?.type !== "Recreate";
}

/** How many pods the sets are to have together. */
export function totalOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

/** How many pods of the sets are available. */
export function availableOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
}

/** The sets that are to have pods. */
export function active(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter(set => replicasOf(set) > 0);
}

export function oldestFirst(one: ReplicaSet, other: ReplicaSet): number {
  const [a, b] = [one.metadata, other.metadata];
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

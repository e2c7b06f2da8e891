/**
 * How the sets of a Deployment are to be scaled, decided as a whole from what is seen. Three cases, as in Kubernetes:
 * - the Deployment itself got another size, or is paused: its sets share what is added or taken away in proportion to their sizes;
 * - a rolling update: the new set grows as far as `maxSurge` allows, the old ones shrink as far as `maxUnavailable` allows,
 *   those first that are broken;
 * - Recreate: first the old sets go to nothing; when their pods have ended, the new one comes to full size.
 */
import { type Deployment, hasEnded, type Pod, type ReplicaSet } from "../../resources/index.ts";
import { desiredBefore, mostBefore, type Revisions } from "./revisions.ts";
import {
  active,
  availableOf,
  isRolling,
  maxSurge,
  maxUnavailable,
  oldestFirst,
  replicasOf,
  totalOf,
} from "./sizes.ts";

/** A set, and how many replicas it is to have. */
export interface Scaling {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/**
 * Whether the Deployment wants another number than when its sets were last scaled, and they are scaled for that. Not where it recreates its
 * pods and several sets have some, because it went from one template to the next by a rolling update until then: these go to nothing in any
 * case. (Kubernetes waits there for ever.)
 */
export function isResized(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const wanted = replicasOf(deployment);
  const inUse = active(sets);
  if (inUse.length > 1 && !isRolling(deployment)) return false;
  return inUse.some(set => (desiredBefore(set) ?? wanted) !== wanted);
}

/** How many replicas the new set is to have next, beside those that are there. */
export function nextSize(deployment: Deployment, sets: readonly ReplicaSet[], current = 0): number {
  const wanted = replicasOf(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + maxSurge(deployment) - totalOf(sets);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** For a Deployment that got another size. */
export function resizing(deployment: Deployment, { current, others }: Revisions): Scaling[] {
  const wanted = replicasOf(deployment);
  const sets = current ? [...others, current] : others;
  const inUse = active(sets);
  const only = inUse.length === 1 ? inUse[0] : inUse.length === 0 ? (current ?? others.at(-1)) : undefined;
  // Also where it has as many by chance: what it was wanted to have is noted.
  if (only) return [{ set: only, replicas: wanted }];
  if (current && isSaturated(deployment, current)) {
    return active(others).map(set => ({ set, replicas: 0 }));
  }
  return isRolling(deployment) ? inProportion(deployment, inUse) : [];
}

/** The new set has all that it should have, available. */
function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const wanted = replicasOf(deployment);
  const available = set.status?.availableReplicas ?? 0;
  return desiredBefore(set) === wanted && replicasOf(set) === wanted && available === wanted;
}

/** What is added or taken away is shared out by size; what the rounding leaves goes to the largest. */
function inProportion(deployment: Deployment, sets: readonly ReplicaSet[]): Scaling[] {
  const wanted = replicasOf(deployment);
  const most = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = most - totalOf(sets);
  const byAge = toAdd > 0 ? (a: ReplicaSet, b: ReplicaSet) => oldestFirst(b, a) : oldestFirst;
  const sorted = sets.toSorted((a, b) => replicasOf(b) - replicasOf(a) || byAge(a, b));
  let added = 0;
  const shares = sorted.map(set => {
    const share = shareOf(set, deployment, toAdd, added);
    added += share;
    return share;
  });
  return sorted.map((set, index) => {
    const leftover = index === 0 ? toAdd - added : 0;
    return { set, replicas: Math.max(0, replicasOf(set) + (shares[index] ?? 0) + leftover) };
  });
}

function shareOf(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const size = replicasOf(set);
  if (toAdd === 0 || toAdd === added) return 0;
  const wanted = replicasOf(deployment);
  const before = mostBefore(set) || deployment.status?.replicas || 1;
  const fraction =
    wanted === 0 ? -size : Math.round((size * (wanted + maxSurge(deployment))) / before) - size;
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

/** The next step of a rolling update. The new set grows before an old one shrinks. */
export function rolling(
  deployment: Deployment,
  current: ReplicaSet,
  others: readonly ReplicaSet[],
): Scaling[] {
  const wanted = replicasOf(deployment);
  const size = replicasOf(current);
  const next = size > wanted ? wanted : nextSize(deployment, [...others, current], size);
  if (next !== size) return [{ set: current, replicas: next }];
  return shrinking(deployment, current, active(others));
}

/**
 * The old sets, as far as they can be spared: broken pods first, then the oldest set's. A set that loses some of both is there twice:
 * Kubernetes scales it twice, and tells of both.
 */
function shrinking(deployment: Deployment, current: ReplicaSet, others: readonly ReplicaSet[]): Scaling[] {
  const all = [...others, current];
  const atLeast = replicasOf(deployment) - maxUnavailable(deployment);
  const notYet = replicasOf(current) - (current.status?.availableReplicas ?? 0);
  const spare = totalOf(all) - atLeast - notYet;
  if (others.length === 0 || spare <= 0) return [];
  const steps: Scaling[] = [];
  const sizes = new Map(others.map(set => [set, replicasOf(set)]));
  const shrink = (set: ReplicaSet, size: number, by: number) => {
    if (by <= 0) return 0;
    sizes.set(set, size - by);
    steps.push({ set, replicas: size - by });
    return by;
  };
  let broken = spare;
  for (const [set, size] of sizes)
    broken -= shrink(set, size, Math.min(broken, size - (set.status?.availableReplicas ?? 0)));
  let available = availableOf(all) - atLeast;
  for (const [set, size] of sizes) available -= shrink(set, size, Math.min(available, size));
  return steps;
}

/**
 * For Recreate: whether pods of old sets are still there. Those that have ended do not count, even if their objects are there.
 */
export function oldPodsRun(others: readonly ReplicaSet[], pods: readonly Pod[]): boolean {
  if (others.some(({ status }) => (status?.replicas ?? 0) > 0)) return true;
  return pods.some(pod => !hasEnded(pod));
}

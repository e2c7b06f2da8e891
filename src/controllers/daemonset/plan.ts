/**
 * What a DaemonSet does about its pods in one run: where one is missing, where there is one too many, and which of an older
 * template are replaced now, within `maxUnavailable`, or beside a new one within `maxSurge`. Pure; the order of decisions is
 * that of Kubernetes' daemon set controller.
 */
import { type DaemonSet, hasEnded, isTerminating, isTrue, type Pod } from "../../resources/index.ts";
import { availableInMs, isActive } from "../availability.ts";
import { countOf } from "../count-or-share.ts";
import { isOf } from "./pods.ts";

/** A node: whether a pod should be there, whether one may stay, and which are. */
export interface NodeOfSet {
  readonly isWanted: boolean;
  readonly mayStay: boolean;
  readonly pods: Pod[];
}

export interface Plan {
  /** The names of nodes. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Those to remove that have ended, by node. */
  readonly ended: ReadonlyMap<Pod, string>;
  /** In milliseconds, where a pod becomes available without a change. */
  readonly again?: number | undefined;
}

export function planPods(
  set: DaemonSet,
  nodes: ReadonlyMap<string, NodeOfSet>,
  hash: string,
  now: number,
): Plan {
  const create = new Set<string>();
  const remove = new Set<Pod>();
  const ended = new Map<Pod, string>();
  for (const [name, node] of nodes) {
    const { isWanted, mayStay, pods } = node;
    for (const pod of pods) if (hasEnded(pod) && !isTerminating(pod) && mayStay) ended.set(pod, name);
    if (!mayStay) for (const pod of pods) if (!isTerminating(pod)) remove.add(pod);
    if (isWanted && pods.every(isGoing)) create.add(name);
    else if (mayStay) for (const pod of tooMany(set, node, hash, now)) remove.add(pod);
  }
  for (const pod of ended.keys()) remove.add(pod);
  const update = isSurging(set) ? surge(set, nodes, hash, now) : replace(set, nodes, hash, now);
  for (const name of update.create) create.add(name);
  for (const pod of update.remove) remove.add(pod);
  return { create: [...create], remove: [...remove], ended, again: nextAvailable(set, nodes, now) };
}

/** Told to go, and ended: nothing of it is in the way. */
export function isGoing(pod: Pod): boolean {
  return isTerminating(pod) && hasEnded(pod);
}

export function isAvailable(set: DaemonSet, pod: Pod, now: number): boolean {
  return availableInMs(pod, set.spec.minReadySeconds, now) === 0;
}

function nextAvailable(
  set: DaemonSet,
  nodes: ReadonlyMap<string, NodeOfSet>,
  now: number,
): number | undefined {
  if (!set.spec.minReadySeconds) return undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { pods } of nodes.values())
    for (const pod of pods) {
      const ms = isTerminating(pod) ? 0 : availableInMs(pod, set.spec.minReadySeconds, now);
      if (ms > 0) least = Math.min(least, ms);
    }
  return Number.isFinite(least) ? least : undefined;
}

function activeOf({ pods }: NodeOfSet): Pod[] {
  const active = pods.filter(isActive);
  return active.length > 1 ? active.toSorted(byAge) : active;
}

/** Those that are on a node go before those that wait for it, and the oldest before the others. */
export function byAge(one: Pod, other: Pod): number {
  const waits = ({ spec }: Pod) => (spec.nodeName ? 0 : 1);
  const order = one.metadata.creationTimestamp < other.metadata.creationTimestamp ? -1 : 1;
  return waits(one) - waits(other) || order;
}

function isSurging({ spec: { updateStrategy } }: DaemonSet): boolean {
  return (
    updateStrategy?.type !== "OnDelete" && countOf(updateStrategy?.rollingUpdate?.maxSurge ?? 0, 100) > 0
  );
}

/** The oldest stays; while a new template is rolled out beside the old one, the oldest of each. */
function tooMany(set: DaemonSet, node: NodeOfSet, hash: string, now: number): Pod[] {
  const active = activeOf(node);
  if (active.length <= 1) return [];
  if (!isSurging(set)) return active.slice(1);
  const next = active.find(pod => isOf(pod, hash));
  const old = active.find(pod => !isOf(pod, hash));
  const others = active.filter(pod => pod !== next && pod !== old);
  const isDone = old && next && (!isTrue(old, "Ready") || isAvailable(set, next, now));
  return isDone ? [...others, old] : others;
}

/** What an update does; `create` names nodes that get a second pod. */
type Update = Pick<Plan, "create" | "remove">;

/** One after another: pods of an old template that are not available go at once, of the others as many as may be missing. */
function replace(set: DaemonSet, nodes: ReadonlyMap<string, NodeOfSet>, hash: string, now: number): Update {
  if (set.spec.updateStrategy?.type === "OnDelete") return { create: [], remove: [] };
  const { maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const node of nodes.values()) {
    if (node.pods.length === 0 && !node.isWanted) continue;
    const active = activeOf(node);
    const old = active.find(pod => !isOf(pod, hash));
    const next = active.find(pod => isOf(pod, hash));
    if (!old === !next) unavailable++;
    else if (next) unavailable += isAvailable(set, next, now) ? 0 : 1;
    else if (old) (isAvailable(set, old, now) ? candidates : broken).push(old);
  }
  const room = Math.max(0, countOf(maxUnavailable, wantedOf(nodes)) - unavailable);
  return { create: [], remove: [...broken, ...candidates.slice(0, room)] };
}

/** The new pod comes beside the old one, which goes when the new one is available (`tooMany`). */
function surge(set: DaemonSet, nodes: ReadonlyMap<string, NodeOfSet>, hash: string, now: number): Update {
  const { maxSurge = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const replaced: string[] = [];
  const candidates: string[] = [];
  let beside = 0;
  for (const [name, node] of nodes) {
    const active = activeOf(node);
    const old = active.find(pod => !isOf(pod, hash));
    const next = active.find(pod => isOf(pod, hash));
    if (!node.isWanted) continue;
    if (old && next) beside += isAvailable(set, next, now) ? 0 : 1;
    else if (old) (isAvailable(set, old, now) ? candidates : replaced).push(name);
  }
  const room = Math.max(0, countOf(maxSurge, wantedOf(nodes)) - beside);
  return { create: [...replaced, ...candidates.slice(0, room)], remove: [] };
}

function wantedOf(nodes: ReadonlyMap<string, NodeOfSet>): number {
  let count = 0;
  for (const { isWanted } of nodes.values()) if (isWanted) count++;
  return count;
}

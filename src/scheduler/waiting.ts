/**
 * The pods that wait for a node, in two rooms.
 *
 * - Fresh: not tried yet. The most important goes first, and among equals the one that came first.
 * - Stuck: tried, and fitting nowhere. Those that are alike stand together (the pods of one ReplicaSet, mostly): where one
 *   of them does not fit, none does. So when there is hope again, only one of each group is tried, and after each that
 *   fits the next; until then, what was found for one holds for all. A thousand pods without a place cost as much as one.
 *
 * Should this miss something, nothing is lost: the loop looks at every pod again, every second.
 */
import { controllerOf, hasEnded, isTerminating, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { hopesForCompany } from "./neighbours.ts";
import { bringsHope } from "./snapshot.ts";

/** Pods that are alike, and what was found when one of them was tried last. */
interface Group {
  readonly pods: Map<string, Pod>;
  readonly message: string;
  /** How often hope had risen by then. */
  readonly hope: number;
}

export class Waiting {
  /** By priority; in the order of their coming. */
  readonly #fresh = new Map<number, Map<string, Pod>>();
  /** By what makes them alike. */
  readonly #stuck = new Map<string, Group>();
  /** How often something happened that may let a pod fit that did not. */
  #hope = 0;

  /** Takes note of who begins to wait, and who ceases to. */
  apply(change: Change): void {
    if (bringsHope(change)) this.#hope++;
    if (change.key.kind !== "Pod") return;
    const pod = change.object as Pod;
    const previous = change.previous as Pod | undefined;
    const waits = change.type !== "DELETED" && isWaiting(pod);
    const waited = previous !== undefined && isWaiting(previous);
    const isFresh = this.#fresh.get(priorityOf(pod))?.has(pod.metadata.uid);
    // One that changes while it waits keeps its place.
    if (waits && (isFresh || !waited)) this.add(pod);
    if (waited && !waits) this.#fresh.get(priorityOf(previous))?.delete(pod.metadata.uid);
    // Another spec makes it another sort of pod.
    if (waited && (!waits || pod.spec !== previous.spec)) this.#unstick(previous);
  }

  add(pod: Pod): void {
    if (!isWaiting(pod)) return;
    const peers = this.#fresh.get(priorityOf(pod)) ?? new Map<string, Pod>();
    this.#fresh.set(priorityOf(pod), peers.set(pod.metadata.uid, pod));
  }

  /** Whose turn it is when `pod` asks: the most important of the fresh ones, if one is more important than itself. */
  takeTurn(pod: Pod): Pod {
    let highest = priorityOf(pod);
    for (const [priority, pods] of this.#fresh) if (pods.size > 0 && priority > highest) highest = priority;
    const [first = pod] = highest > priorityOf(pod) ? (this.#fresh.get(highest)?.values() ?? []) : [];
    this.#fresh.get(priorityOf(first))?.delete(first.metadata.uid);
    return first;
  }

  /** Why the pod does not fit, if that was found out, for it or for one alike, and nothing gave hope since. */
  known(pod: Pod): string | undefined {
    if (this.#stuck.size === 0 || hopesForCompany(pod)) return undefined;
    const group = this.#stuck.get(whatMakesAlike(pod));
    return group?.hope === this.#hope ? group.message : undefined;
  }

  /** It was tried, and fits nowhere. */
  stick(pod: Pod, message: string): void {
    const alike = whatMakesAlike(pod);
    const pods = this.#stuck.get(alike)?.pods ?? new Map<string, Pod>();
    this.#stuck.set(alike, { pods: pods.set(pod.metadata.uid, pod), message, hope: this.#hope });
  }

  /** Whom a change gives reason to try again: one of each group, the most important first, or the next of a group. */
  worthTrying(change: Change): readonly Pod[] {
    if (this.#stuck.size === 0) return [];
    if (bringsHope(change)) {
      const firsts = [...this.#stuck.values()].flatMap(({ pods }) => [...pods.values()].slice(0, 1));
      return firsts.sort((a, b) => priorityOf(b) - priorityOf(a));
    }
    const { key, object, previous } = change;
    if (key.kind !== "Pod" || !previous || !isWaiting(previous as Pod) || !(object as Pod).spec.nodeName)
      return [];
    const alike = this.#stuck.get(whatMakesAlike(previous as Pod))?.pods.values() ?? [];
    return [...alike].slice(0, 1);
  }

  #unstick(pod: Pod): void {
    if (this.#stuck.size === 0) return;
    const alike = whatMakesAlike(pod);
    const pods = this.#stuck.get(alike)?.pods;
    if (pods?.delete(pod.metadata.uid) && pods.size === 0) this.#stuck.delete(alike);
  }
}

/** Whether the pod is ours to place: without a node, alive, not held back, and not another scheduler's. */
export function isWaiting(pod: Pod): boolean {
  return isOurs(pod) && !isGated(pod);
}

/** Whether somebody still holds the pod back from being placed. */
export function isGated({ spec }: Pod): boolean {
  return (spec.schedulingGates?.length ?? 0) > 0;
}

export function isOurs(pod: Pod): boolean {
  const { nodeName, schedulerName = "default-scheduler" } = pod.spec;
  return !nodeName && schedulerName === "default-scheduler" && !isTerminating(pod) && !hasEnded(pod);
}

function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** All on which filters decide, as text, for pods in one controller's charge; a pod of its own is like no other. */
function whatMakesAlike(pod: Pod): string {
  const { uid, labels } = pod.metadata;
  const owner = controllerOf(pod);
  if (!owner) return uid;
  const { affinity, nodeSelector, tolerations, topologySpreadConstraints, overhead, priority } = pod.spec;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const resources = containers.map(({ resources, restartPolicy }) => [resources, restartPolicy]);
  const place = [affinity, nodeSelector, tolerations, topologySpreadConstraints];
  return JSON.stringify([owner.uid, labels, place, resources, overhead, priority]);
}

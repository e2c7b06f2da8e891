/**
 * The scheduling queue: the pods that wait for a node, in two parts, as in Kubernetes.
 *
 * - The active queue holds the pods that are to be tried. The loop takes the most important first, and among equals the one
 *   that came first: `PriorityQueue`, which is the queue of the scheduler's loop.
 * - The unschedulable pods were tried, and fit nowhere. Those that are equivalent stand together (the pods of one ReplicaSet,
 *   mostly): where one of them does not fit, none does. When a queueing hint says that a change may make pods schedulable,
 *   one of each group is queued again, and after each that fits the next; until then, what was found for one holds for all.
 *   So a thousand pods that fit nowhere cost as much as one.
 *
 * Should a hint be missed, nothing is lost: the loop looks at every pod again, every second.
 */
import { FifoQueue, type Queue, type Queued, type Reader, type WorkItem } from "../loop/index.ts";
import { controllerOf, hasEnded, isTerminating, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { hasClaims } from "./claims.ts";
import { dependsOnOtherPods } from "./neighbours.ts";
import { queueingHint } from "./queueing-hint.ts";

/** The highest priority first; among equals the first that came. */
export class PriorityQueue implements Queue<WorkItem> {
  readonly #reader: Pick<Reader, "get">;
  /** By priority. */
  readonly #queues = new Map<number, FifoQueue<WorkItem>>();
  /** Where each key that waits stands. */
  readonly #priorities = new Map<string, number>();

  constructor(reader: Pick<Reader, "get">) {
    this.#reader = reader;
  }

  get length(): number {
    return this.#priorities.size;
  }

  add(key: string, item: WorkItem): void {
    const priority = this.#priorities.get(key) ?? this.#priorityOf(item);
    const queue = this.#queues.get(priority) ?? new FifoQueue<WorkItem>();
    this.#queues.set(priority, queue);
    this.#priorities.set(key, priority);
    queue.add(key, item);
  }

  take(): Queued<WorkItem> | undefined {
    let highest = Number.NEGATIVE_INFINITY;
    for (const priority of this.#queues.keys()) highest = Math.max(highest, priority);
    const queue = this.#queues.get(highest);
    const taken = queue?.take();
    if (queue?.length === 0) this.#queues.delete(highest);
    if (taken) this.#priorities.delete(taken.key);
    return taken;
  }

  #priorityOf({ key }: WorkItem): number {
    const pod = this.#reader.get("Pod", key.namespace, key.name);
    return pod ? priorityOf(pod) : 0;
  }
}

/** Pods that are equivalent, and what was found when one of them was tried last. */
interface Group {
  readonly pods: Map<string, Pod>;
  readonly message: string;
  /** How many changes had a hint by then. */
  readonly hints: number;
}

export class UnschedulablePods {
  /** By what makes pods equivalent. */
  readonly #groups = new Map<string, Group>();
  /** How many changes there were that may have made pods schedulable. */
  #hints = 0;

  apply(change: Change): void {
    if (queueingHint(change)) this.#hints++;
    if (change.key.kind !== "Pod") return;
    const pod = change.object as Pod;
    const previous = change.previous as Pod | undefined;
    const waits = change.type !== "DELETED" && isWaiting(pod);
    const waited = previous !== undefined && isWaiting(previous);
    // Another spec makes it another sort of pod.
    if (waited && (!waits || pod.spec !== previous.spec)) this.#remove(previous);
  }

  /** The pod was tried, and fits nowhere. */
  add(pod: Pod, message: string): void {
    const equivalence = equivalenceOf(pod);
    const pods = this.#groups.get(equivalence)?.pods ?? new Map<string, Pod>();
    this.#groups.set(equivalence, { pods: pods.set(pod.metadata.uid, pod), message, hints: this.#hints });
  }

  /** Why the pod fits nowhere, if that was found for it or an equivalent one, and there was no hint since. */
  messageFor(pod: Pod): string | undefined {
    if (this.#groups.size === 0 || dependsOnOtherPods(pod)) return undefined;
    const group = this.#groups.get(equivalenceOf(pod));
    return group?.hints === this.#hints ? group.message : undefined;
  }

  /** The pods that are to be queued again because of a change: one of each group, or the next of a group of which one fitted. */
  toQueueAgain(change: Change): readonly Pod[] {
    if (this.#groups.size === 0) return [];
    if (queueingHint(change)) return [...this.#groups.values()].flatMap(firstOf);
    const { key, object, previous } = change;
    if (key.kind !== "Pod" || !previous || !isWaiting(previous as Pod) || !(object as Pod).spec.nodeName)
      return [];
    const group = this.#groups.get(equivalenceOf(previous as Pod));
    return group ? firstOf(group) : [];
  }

  #remove(pod: Pod): void {
    if (this.#groups.size === 0) return;
    const equivalence = equivalenceOf(pod);
    const pods = this.#groups.get(equivalence)?.pods;
    if (pods?.delete(pod.metadata.uid) && pods.size === 0) this.#groups.delete(equivalence);
  }
}

function firstOf({ pods }: Group): Pod[] {
  return [...pods.values()].slice(0, 1);
}

/** Whether the pod is to be scheduled here: without a node, alive, without gates, and not another scheduler's. */
export function isWaiting(pod: Pod): boolean {
  return isOurs(pod) && !isGated(pod);
}

/** Whether scheduling gates hold the pod back. */
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

/** All on which plugins decide, as text, for pods of one controller; a pod without one, or with claims, is equivalent to no other. */
function equivalenceOf(pod: Pod): string {
  const { uid, labels } = pod.metadata;
  const owner = controllerOf(pod);
  if (!owner || hasClaims(pod)) return uid;
  const { affinity, nodeSelector, tolerations, topologySpreadConstraints, overhead, priority } = pod.spec;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const resources = containers.map(({ resources, restartPolicy }) => [resources, restartPolicy]);
  const constraints = [affinity, nodeSelector, tolerations, topologySpreadConstraints];
  return JSON.stringify([owner.uid, labels, constraints, resources, overhead, priority]);
}

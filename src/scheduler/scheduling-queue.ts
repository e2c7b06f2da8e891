/**
 * The scheduling queue: the pods that are to be tried, in two parts, as in Kubernetes.
 *
 * - The active queue: the most important first, and among equals the one that came first (PrioritySort).
 * - The back-off queue: pods that were tried a moment ago. They come into the active queue when their time is over, and are taken
 *   sooner only when nothing else is to be tried (Kubernetes: SchedulerPopFromBackoffQ).
 *
 * Pods that fit nowhere are in neither (unschedulable-pods.ts), until a change may help them.
 */
import { FifoQueue, type Queue, type Queued, type Reader, type WorkItem } from "../loop/index.ts";
import { priorityOf } from "./plugins/index.ts";

/** How often it is looked for pods whose back-off is over. */
const flushMs = 1_000;

export class SchedulingQueue implements Queue<WorkItem> {
  readonly #reader: Pick<Reader, "get" | "elapsed">;
  readonly #backOffUntil: (uid: string) => number;
  readonly #onAdded: (uid: string, queue: "active" | "backoff", isFlushed: boolean) => void;
  readonly #active = new PriorityQueue();
  readonly #backingOff = new PriorityQueue();
  /** Until when each key in the back-off queue waits. */
  readonly #until = new Map<string, number>();
  #flushedAt = 0;

  /**
   * `backOffUntil`: until when a pod is to wait, by its uid; `onAdded`: told of each pod that comes into a part of the queue, and
   * whether it does because its back-off is over.
   */
  constructor(
    reader: Pick<Reader, "get" | "elapsed">,
    backOffUntil: (uid: string) => number,
    onAdded: (uid: string, queue: "active" | "backoff", isFlushed: boolean) => void = () => {},
  ) {
    this.#reader = reader;
    this.#backOffUntil = backOffUntil;
    this.#onAdded = onAdded;
  }

  /** How many pods wait in each part. */
  get lengths(): { readonly active: number; readonly backoff: number } {
    return { active: this.#active.length, backoff: this.#backingOff.length };
  }

  get length(): number {
    return this.#active.length + this.#backingOff.length;
  }

  add(key: string, item: WorkItem): void {
    const pod = this.#reader.get("Pod", item.key.namespace, item.key.name);
    const priority = pod ? priorityOf(pod) : 0;
    const isKnown = this.#active.has(key) || this.#backingOff.has(key);
    const until = pod && !isKnown ? this.#backOffUntil(pod.metadata.uid) : 0;
    if (until > this.#reader.elapsed()) this.#until.set(key, until);
    const isBackingOff = this.#until.has(key);
    (isBackingOff ? this.#backingOff : this.#active).add(key, item, priority);
    if (pod && !isKnown) this.#onAdded(pod.metadata.uid, isBackingOff ? "backoff" : "active", false);
  }

  take(): Queued<WorkItem> | undefined {
    this.#flush();
    const active = this.#active.take();
    if (active) return active;
    const taken = this.#backingOff.take();
    if (taken) this.#until.delete(taken.key);
    return taken;
  }

  #flush(): void {
    if (this.#until.size === 0) return;
    const now = this.#reader.elapsed();
    if (now - this.#flushedAt < flushMs) return;
    this.#flushedAt = now;
    for (const [key, until] of this.#until) {
      if (until > now) continue;
      this.#until.delete(key);
      const moved = this.#backingOff.delete(key);
      if (!moved) continue;
      this.#active.add(key, moved.item, moved.priority);
      const pod = this.#reader.get("Pod", moved.item.key.namespace, moved.item.key.name);
      if (pod) this.#onAdded(pod.metadata.uid, "active", true);
    }
  }
}

/** The highest priority first; among equals the first that came. */
class PriorityQueue {
  /** By priority. */
  readonly #queues = new Map<number, FifoQueue<WorkItem>>();
  /** What waits, by its key. */
  readonly #waiting = new Map<string, { readonly item: WorkItem; readonly priority: number }>();

  get length(): number {
    return this.#waiting.size;
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** One that waits already keeps its place. */
  add(key: string, item: WorkItem, given: number): void {
    const priority = this.#waiting.get(key)?.priority ?? given;
    const queue = this.#queues.get(priority) ?? new FifoQueue<WorkItem>();
    this.#queues.set(priority, queue);
    this.#waiting.set(key, { item, priority });
    queue.add(key, item);
  }

  take(): Queued<WorkItem> | undefined {
    let highest = Number.NEGATIVE_INFINITY;
    for (const priority of this.#queues.keys()) highest = Math.max(highest, priority);
    const queue = this.#queues.get(highest);
    const taken = queue?.take();
    if (queue?.length === 0) this.#queues.delete(highest);
    if (taken) this.#waiting.delete(taken.key);
    return taken;
  }

  delete(key: string): { readonly item: WorkItem; readonly priority: number } | undefined {
    const found = this.#waiting.get(key);
    if (!found) return undefined;
    this.#waiting.delete(key);
    const queue = this.#queues.get(found.priority);
    queue?.delete(key);
    if (queue?.length === 0) this.#queues.delete(found.priority);
    return found;
  }
}

/**
 * One watch on pods for all the nodes of this process: each change goes to the node that the pod is bound to, so that a
 * hundred nodes do not each look at every pod.
 *
 * A change that was missed is found at a resync: each time the feed compares the revisions of some of the pods in the store
 * with those that the nodes know, and begins where the last resync stopped. Idle pods are not woken by it.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";
import type { Change, StoreReads, Unwatch } from "../../store/index.ts";

/** A node, as the feed sees it. */
export interface PodListener {
  /** A pod of its own, as it is now. */
  podChanged(pod: Pod): void;
  podGone(pod: Pod): void;
  /** The pod with this uid as the node knows it. */
  known(uid: string): Pod | undefined;
  /** All that it knows; may be read on while it changes. */
  allKnown(): Iterable<Pod>;
}

export interface PodFeedOptions {
  /** How often the feed resyncs, in milliseconds. Default 1,000. */
  readonly resyncMs?: number | undefined;
  /** How many pods each resync compares at most. Default 250: a safeguard, not a way. */
  readonly resyncBudget?: number;
}

type Known = readonly [listener: PodListener, pod: Pod];

export class PodFeed {
  readonly #store: StoreReads;
  readonly #clock: Clock;
  readonly #resyncMs: number;
  readonly #resyncBudget: number;
  readonly #listeners = new Map<string, PodListener>();
  #unwatch: Unwatch | undefined;
  #resyncTimer: Timer | undefined;
  /** The pods that the resync has still to compare. */
  #toCompare: Iterator<Pod>;
  /** The pods that nodes know of, and that the resync has still to look for in the store. */
  #toFind: Iterator<Known> = [].values();

  constructor(
    store: StoreReads,
    clock: Clock,
    { resyncMs = 1_000, resyncBudget = 250 }: PodFeedOptions = {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#toCompare = store.walk("Pod");
    this.#resyncMs = resyncMs;
    this.#resyncBudget = resyncBudget;
  }

  /** Tells the node's pods as they are now, and every change from now on, until the returned function is called. */
  listen(nodeName: string, listener: PodListener): () => void {
    if (this.#listeners.size === 0) this.#begin();
    this.#listeners.set(nodeName, listener);
    for (const pod of this.#store.list("Pod", { matchFields: { "spec.nodeName": nodeName } }))
      listener.podChanged(pod);
    return () => {
      this.#listeners.delete(nodeName);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  #begin(): void {
    this.#unwatch = this.#store.watch({ kind: "Pod" }, change => this.#tell(change as Change<Pod>));
    this.#resyncLater();
  }

  #end(): void {
    this.#unwatch?.();
    this.#resyncTimer?.cancel();
  }

  #tell({ type, object }: Change<Pod>): void {
    const listener = this.#listenerOf(object);
    if (type === "DELETED") listener?.podGone(object);
    else listener?.podChanged(object);
  }

  #listenerOf({ spec }: Pod): PodListener | undefined {
    return spec.nodeName === undefined ? undefined : this.#listeners.get(spec.nodeName);
  }

  #resyncLater(): void {
    this.#resyncTimer = this.#clock.after(this.#resyncMs, () => {
      for (let i = 0; i < this.#resyncBudget && this.#compareNext(); i++);
      for (let i = 0; i < this.#resyncBudget && this.#findNext(); i++);
      this.#resyncLater();
    });
  }

  /** Tells of a change that the node has missed. False: every pod has been compared, and the next round begins. */
  #compareNext(): boolean {
    const next = this.#toCompare.next();
    if (next.done) {
      this.#toCompare = this.#store.walk("Pod");
      return false;
    }
    const pod = next.value;
    const { uid, resourceVersion } = pod.metadata;
    const listener = this.#listenerOf(pod);
    if (listener?.known(uid)?.metadata.resourceVersion !== resourceVersion) listener?.podChanged(pod);
    return true;
  }

  /** Tells of an end that the node has missed. False: every one has been looked for, and the next round begins. */
  #findNext(): boolean {
    const next = this.#toFind.next();
    if (next.done) {
      this.#toFind = this.#everyKnown();
      return false;
    }
    const [listener, pod] = next.value;
    if (this.#store.byUid(pod.metadata.uid) === undefined) listener.podGone(pod);
    return true;
  }

  *#everyKnown(): Generator<Known> {
    for (const listener of this.#listeners.values())
      for (const pod of listener.allKnown()) yield [listener, pod];
  }
}

/**
 * One watch on pods for all the nodes of this process: each change goes to the node that the pod is bound to, so that a
 * hundred nodes do not each look at every pod.
 */
import type { Pod } from "../resources/index.ts";
import type { Change, Store, Unwatch } from "../store/index.ts";

/** What a node is told: a pod of its own as it is now, or that one is gone. */
export interface PodListener {
  podChanged(pod: Pod): void;
  podGone(pod: Pod): void;
}

export class PodFeed {
  readonly #store: Store;
  readonly #listeners = new Map<string, PodListener>();
  #unwatch: Unwatch | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Tells the node's pods as they are now, and every change from now on, until the returned function is called. */
  listen(nodeName: string, listener: PodListener): () => void {
    this.#listeners.set(nodeName, listener);
    this.#unwatch ??= this.#store.watch({ kind: "Pod" }, change => this.#tell(change as Change<Pod>));
    for (const pod of this.#store.list("Pod", { matchFields: { "spec.nodeName": nodeName } }))
      listener.podChanged(pod);
    return () => {
      this.#listeners.delete(nodeName);
      if (this.#listeners.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
    };
  }

  #tell({ type, object }: Change<Pod>): void {
    const { nodeName } = object.spec;
    const listener = nodeName === undefined ? undefined : this.#listeners.get(nodeName);
    if (type === "DELETED") listener?.podGone(object);
    else listener?.podChanged(object);
  }
}

/**
 * Counts how often a workload was given another number of replicas, by whom and of whichever kind: whatever has a scale. What a
 * workload has in charge is a part of it: the ReplicaSets of a Deployment, which a roll-out grows and shrinks, count nothing.
 */
import { controllerOf, type KindRegistry, type KubernetesObject } from "../resources/index.ts";
import type { Change, Store } from "../store/index.ts";

export class Scalings {
  readonly #store: Pick<Store, "watch" | "keyOf">;
  readonly #kinds: Pick<KindRegistry, "get">;
  #count = 0;

  constructor(store: Pick<Store, "watch" | "keyOf">, kinds: Pick<KindRegistry, "get">) {
    this.#store = store;
    this.#kinds = kinds;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts from now on, until the store closes. */
  start(): void {
    this.#store.watch({}, change => {
      if (this.#isScaling(change)) this.#count++;
    });
  }

  #isScaling({ type, key: { kind }, object, previous }: Change): boolean {
    // Each write of the cluster comes by here.
    if (type !== "MODIFIED" || !previous || object.spec === previous.spec) return false;
    if (this.#replicasOf(kind, object) === this.#replicasOf(kind, previous)) return false;
    const owner = this.#store.keyOf(controllerOf(object)?.uid ?? "");
    return owner === undefined || !this.#scaleOf(owner.kind);
  }

  /** Undefined where there is no such number. */
  #replicasOf(kind: string, object: KubernetesObject): number | undefined {
    const shown = this.#scaleOf(kind)?.show?.(object).spec as { readonly replicas?: number } | undefined;
    return shown?.replicas;
  }

  #scaleOf(kind: string) {
    return this.#kinds.get(kind)?.subresources.find(({ name }) => name === "scale");
  }
}

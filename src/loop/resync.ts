/**
 * The resync: every `resyncMs` the objects of a controller are gone through again, so that a missed change heals itself. It has
 * a budget, which keeps it cheap in a cluster of fifty thousand: with up to so many objects all of them come up each time;
 * with more, so many each time, going round.
 */
import type { Clock, Timer } from "../outside/index.ts";
import type { KindName, KubernetesObject } from "../resources/index.ts";
import type { Store } from "../store/index.ts";

const none: readonly [KindName, KubernetesObject][] = [];

export class Resync {
  readonly #store: Pick<Store, "count" | "walk">;
  readonly #kinds: () => readonly KindName[];
  readonly #concern: (kind: KindName, object: KubernetesObject) => void;
  #timer: Timer | undefined;
  /** The objects that are still to be gone through before the round begins anew. */
  #round: Iterator<[KindName, KubernetesObject]> = none.values();

  /** `kinds` says which kinds there are to go through, `concern` takes each object. */
  constructor(
    store: Pick<Store, "count" | "walk">,
    kinds: () => readonly KindName[],
    concern: (kind: KindName, object: KubernetesObject) => void,
  ) {
    this.#store = store;
    this.#kinds = kinds;
    this.#concern = concern;
  }

  /** Calls `run` every `ms`, from now on. */
  every(ms: number, clock: Pick<Clock, "after">, run: () => void): void {
    this.#timer = clock.after(ms, () => {
      run();
      this.every(ms, clock, run);
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Every object, at once. */
  all(): void {
    for (const [kind, object] of this.#everything()) this.#concern(kind, object);
  }

  /** As many objects as the budget allows, on from where the last call stopped; each of them once. */
  some(budget: number): void {
    let count = 0;
    for (const kind of this.#kinds()) count += this.#store.count(kind);
    for (let i = 0; i < Math.min(count, budget); i++) {
      let next = this.#round.next();
      if (next.done) {
        this.#round = this.#everything();
        next = this.#round.next();
      }
      if (!next.done) this.#concern(...next.value);
    }
  }

  *#everything(): Generator<[KindName, KubernetesObject]> {
    for (const kind of this.#kinds()) for (const object of this.#store.walk(kind)) yield [kind, object];
  }
}

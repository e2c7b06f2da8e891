/**
 * What brings keys into the queue of a loop: changes of the controller's own kinds, changes that its wakers turn into keys,
 * and the resync. All of it asks functions of the controller (`concerns`, `keys`). One that throws, or answers something else, is
 * told once and harms nothing else: the object is looked at all the same, or the next resync does.
 */
import { thrownMessage } from "../errors/index.ts";
import type { Clock } from "../outside/index.ts";
import type { KindName, KubernetesObject } from "../resources/index.ts";
import {
  type Change,
  isPending,
  type ObjectKey,
  type RegistryVerbs,
  type StoreWatchOptions,
  type Unwatch,
} from "../store/index.ts";
import { type Controller, everyKind, type Reader } from "./controller.ts";
import type { Mistakes } from "./mistakes.ts";
import { itemBecauseOf, textOf, type WorkItem } from "./queue/index.ts";
import { Resync } from "./resync.ts";
import { keyOfObject } from "./wakers.ts";

/** Where the keys go. */
export interface KeySink {
  add(item: WorkItem): void;
  /** Whether a run of the key is to come anyway, now or as a retry: then the resync leaves it alone, for that run knows its cause. */
  isToCome(key: string): boolean;
}

const none: readonly never[] = [];

export class Waking {
  readonly #controller: Controller;
  readonly #registry: RegistryVerbs;
  readonly #reader: Reader;
  readonly #mistakes: Mistakes;
  readonly #to: KeySink;
  /** The controller's kinds, by the names that the store knows them by; undefined where it is in charge of all. */
  readonly #own: readonly KindName[] | undefined;
  readonly #resync: Resync;
  readonly #unwatch: Unwatch[] = [];

  /** Throws NotFound where the controller names a kind that there is not. */
  constructor(
    controller: Controller,
    registry: RegistryVerbs,
    reader: Reader,
    mistakes: Mistakes,
    to: KeySink,
  ) {
    this.#controller = controller;
    this.#registry = registry;
    this.#reader = reader;
    this.#mistakes = mistakes;
    this.#to = to;
    const { kind, wokenBy } = controller;
    this.#own = kind === everyKind ? undefined : [kind].flat().map(name => registry.nameOf(name));
    for (const waker of wokenBy) if (waker.kind !== undefined) registry.nameOf(waker.kind);
    this.#resync = new Resync(
      registry.store,
      () => this.#own ?? registry.store.kinds(),
      (name, object) => this.#addUnlessSettled(name, object),
    );
  }

  /** Queues everything there is, and from then on what changes. Every `resyncMs` it calls `sweep`. */
  start(resyncMs: number, clock: Pick<Clock, "after">, sweep: () => void): void {
    const own = (change: Change) => (this.#isConcerned(change) ? [change.key] : none);
    if (this.#own === undefined) this.#watch({}, own);
    else for (const kind of this.#own) this.#watch({ kind }, own);
    for (const [index, waker] of this.#controller.wokenBy.entries())
      this.#watch(waker, change => this.#keysOf(index, change));
    this.#resync.all();
    this.#resync.every(resyncMs, clock, sweep);
  }

  stop(): void {
    this.#resync.stop();
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
  }

  /** Queues so many objects again, on from where the last call stopped. */
  resync(budget: number): void {
    this.#resync.some(budget);
  }

  #watch(
    { kind, deletionsAndOwners }: StoreWatchOptions,
    keys: (change: Change) => Iterable<ObjectKey>,
  ): void {
    const { store } = this.#registry;
    const options = { kind: kind && this.#registry.nameOf(kind), deletionsAndOwners };
    const tell = (change: Change) => {
      for (const key of keys(change)) this.#to.add(itemBecauseOf(change, key));
    };
    this.#unwatch.push(store.watch(options, tell));
  }

  /** The keys that a waker makes of a change, by the names that the store knows kinds by. */
  #keysOf(place: number, change: Change): readonly ObjectKey[] {
    const keys: ObjectKey[] = [];
    let answer: unknown;
    try {
      const waker = this.#controller.wokenBy[place];
      answer = waker?.keys(change, this.#reader) ?? none;
      // A change of a pod is told to a dozen wakers, of which one or two are concerned.
      if (Array.isArray(answer) && answer.length === 0) return none;
      for (const key of answer as Iterable<ObjectKey>) keys.push(this.#checkedKey(key));
    } catch (error) {
      if (isPending(answer)) ignoreRejection(answer);
      this.#mistakes.tell(
        change.key,
        `wokenBy[${place}].keys must return keys: ${thrownMessage(error)}`,
        error,
      );
    }
    return keys;
  }

  /** Wakers say the kind as the controller does; the store knows one that is not built in by its group too. */
  #checkedKey(key: ObjectKey): ObjectKey {
    const { kind, namespace = "", name } = key ?? {};
    if (typeof kind !== "string" || typeof name !== "string" || typeof namespace !== "string")
      throw new TypeError("a key is { kind, namespace, name }, all three of them texts");
    const known = this.#registry.nameOf(kind);
    if (this.#own && !this.#own.includes(known))
      throw new TypeError(
        `${this.#controller.name} is not in charge of a ${kind}, but of ${this.#own.join(", ")}`,
      );
    return known === key.kind && namespace === key.namespace ? key : { kind: known, namespace, name };
  }

  /** Whether a change of our own kind is worth a run. */
  #isConcerned({ type, key, object, previous }: Change): boolean {
    if (type === "DELETED") return this.#controller.gone !== undefined;
    return this.#concerns(key, object, previous);
  }

  /** Queues the object's key unless it is certainly as it should be. */
  #addUnlessSettled(kind: KindName, object: KubernetesObject): void {
    const key = keyOfObject(kind, object);
    if (!this.#concerns(key, object, undefined)) return;
    if (!this.#to.isToCome(textOf(key))) this.#to.add({ key });
  }

  /**
   * What the controller says; yes where it says nothing that could be understood, for that costs a run, and a wrong no costs
   * more.
   */
  #concerns(key: ObjectKey, object: KubernetesObject, previous: KubernetesObject | undefined): boolean {
    try {
      const answer: unknown = this.#controller.concerns?.(object, previous, this.#reader);
      if (!isPending(answer)) return answer === undefined || Boolean(answer);
      ignoreRejection(answer);
      this.#mistakes.tell(key, "concerns must return true or false at once, not a promise");
    } catch (error) {
      this.#mistakes.tell(key, `concerns threw: ${thrownMessage(error)}`, error);
    }
    return true;
  }
}

function ignoreRejection(promise: Promise<unknown>): void {
  promise.then(
    () => {},
    () => {},
  );
}

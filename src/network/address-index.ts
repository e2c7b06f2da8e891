/**
 * Which objects of a kind have an address: an index over the store, kept while it is started, so that no question about an address looks
 * at all objects.
 */
import { namespacedName, type ObjectOf } from "../resources/index.ts";
import type { StoreReads, Unwatch } from "../store/index.ts";

export class AddressIndex<K extends "Service" | "EndpointSlice"> {
  readonly #store: StoreReads;
  readonly #kind: K;
  readonly #addressesOf: (object: ObjectOf<K>) => readonly string[];
  /** By address, the keys `namespace/name` of objects. */
  readonly #keys = new Map<string, Set<string>>();
  #unwatch: Unwatch | undefined;

  constructor(store: StoreReads, kind: K, addressesOf: (object: ObjectOf<K>) => readonly string[]) {
    this.#store = store;
    this.#kind = kind;
    this.#addressesOf = addressesOf;
  }

  start(): void {
    for (const object of this.#store.list(this.#kind)) this.#add(object);
    this.#unwatch = this.#store.watch({ kind: this.#kind }, ({ type, object, previous }) => {
      if (previous) this.#remove(previous as ObjectOf<K>);
      if (type === "DELETED") this.#remove(object as ObjectOf<K>);
      else this.#add(object as ObjectOf<K>);
    });
  }

  stop(): void {
    this.#unwatch?.();
  }

  /** The objects with this address, mostly one or none. */
  readonly at = (address: string): readonly ObjectOf<K>[] =>
    [...(this.#keys.get(address) ?? [])].flatMap(key => {
      const [namespace = "", name = ""] = key.split("/");
      return this.#store.get(this.#kind, namespace, name) ?? [];
    });

  #add(object: ObjectOf<K>): void {
    for (const address of this.#addressesOf(object))
      this.#keys.set(address, (this.#keys.get(address) ?? new Set()).add(namespacedName(object.metadata)));
  }

  #remove(object: ObjectOf<K>): void {
    for (const address of this.#addressesOf(object)) {
      const keys = this.#keys.get(address);
      keys?.delete(namespacedName(object.metadata));
      if (keys?.size === 0) this.#keys.delete(address);
    }
  }
}

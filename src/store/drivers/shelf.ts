/**
 * All objects of one kind: a map by name within a map by namespace (so no key has to be glued together, and the list of a
 * namespace is at hand), the indexes, and how many there are.
 */
import type { KubernetesObject } from "../../resources/index.ts";
import type { ListOptions } from "../store.ts";
import { Indexes } from "./indexes.ts";
import { selects } from "./selection.ts";
import { byAge, type Slot } from "./slot.ts";

export class Shelf {
  readonly #namespaces = new Map<string, Map<string, Slot>>();
  readonly #indexes: Indexes;
  #count = 0;

  constructor(indexedFields: readonly string[]) {
    this.#indexes = new Indexes(indexedFields);
  }

  get count(): number {
    return this.#count;
  }

  get(namespace: string, name: string): Slot | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  add(slot: Slot): void {
    const { namespace, name } = slot.key;
    let names = this.#namespaces.get(namespace);
    if (!names) {
      names = new Map();
      this.#namespaces.set(namespace, names);
    }
    names.set(name, slot);
    this.#count++;
    this.#indexes.update(slot, undefined, slot.object);
  }

  replace(slot: Slot, object: KubernetesObject): void {
    this.#indexes.update(slot, slot.object, object);
    slot.object = object;
  }

  remove(slot: Slot): void {
    const { namespace, name } = slot.key;
    const names = this.#namespaces.get(namespace);
    names?.delete(name);
    if (names?.size === 0) this.#namespaces.delete(namespace);
    this.#count--;
    this.#indexes.update(slot, slot.object, undefined);
  }

  /** What the options ask for, the oldest first. */
  list(options: ListOptions): KubernetesObject[] {
    const isAskedFor = selects(options);
    const found: KubernetesObject[] = [];
    for (const { object } of byAge(this.#candidates(options))) {
      if (!isAskedFor || isAskedFor(object)) found.push(object);
    }
    return found;
  }

  /** The smallest crowd, of those at hand, in which everything is that the options ask for. */
  #candidates(options: ListOptions): Iterable<Slot> {
    const narrowed = this.#indexes.narrow(options);
    if (options.namespace === undefined) return narrowed ? narrowed.slots() : this.all();
    const inNamespace = this.#namespaces.get(options.namespace);
    if (!inNamespace) return [];
    return narrowed && narrowed.size < inNamespace.size ? narrowed.slots() : inNamespace.values();
  }

  /** May be read on while objects come and go. */
  *all(): Iterable<Slot> {
    for (const names of this.#namespaces.values()) yield* names.values();
  }
}

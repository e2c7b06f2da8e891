/**
 * All objects of one kind: a map by name within a map by namespace (so no key has to be glued together, and the list of a
 * namespace is at hand), the indexes, and how many there are.
 */
import type { KubernetesObject } from "../../resources/index.ts";
import type { StoreListOptions } from "../store.ts";
import { byAge, type Entry } from "./entry.ts";
import { Indexes } from "./indexes.ts";
import { selects } from "./selection.ts";

export class Collection {
  readonly #namespaces = new Map<string, Map<string, Entry>>();
  readonly #indexes: Indexes;
  #count = 0;

  constructor(indexedFields: readonly string[]) {
    this.#indexes = new Indexes(indexedFields);
  }

  get count(): number {
    return this.#count;
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  add(entry: Entry): void {
    const { namespace, name } = entry.key;
    let names = this.#namespaces.get(namespace);
    if (!names) {
      names = new Map();
      this.#namespaces.set(namespace, names);
    }
    names.set(name, entry);
    this.#count++;
    this.#indexes.update(entry, undefined, entry.object);
  }

  replace(entry: Entry, object: KubernetesObject): void {
    this.#indexes.update(entry, entry.object, object);
    entry.object = object;
  }

  remove(entry: Entry): void {
    const { namespace, name } = entry.key;
    const names = this.#namespaces.get(namespace);
    names?.delete(name);
    if (names?.size === 0) this.#namespaces.delete(namespace);
    this.#count--;
    this.#indexes.update(entry, entry.object, undefined);
  }

  /** What the options ask for, the oldest first. */
  list(options: StoreListOptions): KubernetesObject[] {
    const isAskedFor = selects(options);
    const found: KubernetesObject[] = [];
    for (const { object } of byAge(this.#candidates(options))) {
      if (!isAskedFor || isAskedFor(object)) found.push(object);
    }
    return found;
  }

  /** What to go through: of the indexes and the namespace, the smallest set that holds everything that the options ask for. */
  #candidates(options: StoreListOptions): Iterable<Entry> {
    const narrowed = this.#indexes.narrow(options);
    if (options.namespace === undefined) return narrowed ? narrowed.entries() : this.all();
    const inNamespace = this.#namespaces.get(options.namespace);
    if (!inNamespace) return [];
    return narrowed && narrowed.size < inNamespace.size ? narrowed.entries() : inNamespace.values();
  }

  /** May be read on while objects come and go. */
  *all(): Iterable<Entry> {
    for (const names of this.#namespaces.values()) yield* names.values();
  }
}

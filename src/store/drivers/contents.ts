/**
 * What a store in memory holds: an entry for each object, found by kind and name (collection.ts), by uid, by its owners. It knows
 * no revisions, no history and no watchers: those are the image's (image.ts).
 */
import type { KindName, KubernetesObject } from "../../resources/index.ts";
import type { ObjectKey, StoreListOptions } from "../store.ts";
import { Collection } from "./collection.ts";
import { byAge, Entry } from "./entry.ts";
import { OwnerIndex } from "./indexes.ts";

export class Contents {
  readonly #indexedFields: ReadonlyMap<KindName, readonly string[]>;
  readonly #collections = new Map<KindName, Collection>();
  readonly #owners = new OwnerIndex();
  readonly #uids = new Map<string, Entry>();

  /** @param indexedFields the fields that are worth an index, by kind */
  constructor(indexedFields: Readonly<Record<string, readonly string[]>>) {
    this.#indexedFields = new Map(Object.entries(indexedFields));
  }

  find({ kind, namespace, name }: ObjectKey): Entry | undefined {
    return this.#collections.get(kind)?.get(namespace, name);
  }

  byUid(uid: string): Entry | undefined {
    return this.#uids.get(uid);
  }

  list(kind: KindName, options: StoreListOptions): KubernetesObject[] {
    return this.#collections.get(kind)?.list(options) ?? [];
  }

  count(kind: KindName): number {
    return this.#collections.get(kind)?.count ?? 0;
  }

  /** The kinds of which there are objects. */
  kinds(): readonly KindName[] {
    return [...this.#collections].filter(([, collection]) => collection.count > 0).map(([kind]) => kind);
  }

  all(kind: KindName): Iterable<Entry> {
    return this.#collections.get(kind)?.all() ?? [];
  }

  /** What this object owns, the oldest first; of one kind, or of all. */
  dependents(ownerUid: string, kind?: KindName): KubernetesObject[] {
    const found: KubernetesObject[] = [];
    for (const { key, object } of byAge(this.#owners.get(ownerUid))) {
      if (kind === undefined || key.kind === kind) found.push(object);
    }
    return found;
  }

  /** @param order its place among all objects by age: a revision, or less */
  add(key: ObjectKey, object: KubernetesObject, order: number): Entry {
    // A key of our own: the caller's may change, and this one lives as long as the object.
    const { kind, namespace, name } = key;
    const entry = new Entry(Object.freeze({ kind, namespace, name }), order, object);
    this.#collectionOf(kind).add(entry);
    this.#owners.update(entry, undefined, object);
    this.#uids.set(object.metadata.uid, entry);
    return entry;
  }

  replace(entry: Entry, object: KubernetesObject): void {
    const last = entry.object;
    this.#collectionOf(entry.key.kind).replace(entry, object);
    this.#owners.update(entry, last, object);
    if (last.metadata.uid === object.metadata.uid) return;
    this.#uids.delete(last.metadata.uid);
    this.#uids.set(object.metadata.uid, entry);
  }

  remove(entry: Entry): void {
    this.#collectionOf(entry.key.kind).remove(entry);
    this.#owners.update(entry, entry.object, undefined);
    this.#uids.delete(entry.object.metadata.uid);
  }

  #collectionOf(kind: KindName): Collection {
    let collection = this.#collections.get(kind);
    if (!collection) {
      collection = new Collection(this.#indexedFields.get(kind) ?? []);
      this.#collections.set(kind, collection);
    }
    return collection;
  }
}

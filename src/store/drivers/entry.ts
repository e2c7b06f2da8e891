/**
 * An entry is an object's place in memory, the same from its creation to its deletion; a write only puts another version into
 * it. Indexes hold entries, not versions, so a write touches only those whose key it changed.
 */
import type { KubernetesObject } from "../../resources/index.ts";
import type { ObjectKey } from "../store.ts";

export class Entry {
  readonly key: ObjectKey;
  /** The revision of the creation. Whatever is listed is listed by it. */
  readonly order: number;
  /** The last version. Only the collection writes it. */
  object: KubernetesObject;

  constructor(key: ObjectKey, order: number, object: KubernetesObject) {
    this.key = key;
    this.order = order;
    this.object = object;
  }
}

/**
 * Entries by a value that they have in common. Many values are had by one object alone (a pod's own name as a label), and
 * a Set costs ten times what it holds then: a single entry stands for itself, a Set comes with the second.
 */
export class EntryIndex {
  readonly #buckets = new Map<string, Entry | Set<Entry>>();

  add(value: string, entry: Entry): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) this.#buckets.set(value, entry);
    else if (bucket instanceof Set) bucket.add(entry);
    else if (bucket !== entry) this.#buckets.set(value, new Set([bucket, entry]));
  }

  remove(value: string, entry: Entry): void {
    const bucket = this.#buckets.get(value);
    if (bucket === entry) this.#buckets.delete(value);
    else if (bucket instanceof Set && bucket.delete(entry) && bucket.size === 0) this.#buckets.delete(value);
  }

  /** The entries that have this value; in the order in which they got it. */
  get(value: string): ReadonlySet<Entry> | readonly Entry[] {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return none;
    return bucket instanceof Set ? bucket : [bucket];
  }

  count(value: string): number {
    const bucket = this.#buckets.get(value);
    return bucket instanceof Set ? bucket.size : bucket ? 1 : 0;
  }

  get isEmpty(): boolean {
    return this.#buckets.size === 0;
  }
}

const none: readonly Entry[] = [];

/** The entries by age. They mostly are already: only who got a label late stands in the wrong place. */
export function byAge(entries: Iterable<Entry>): Entry[] {
  // Spread at once: read one by one, a Set makes an object for each that is read.
  const sorted = [...entries];
  const inOrder = sorted.every(
    (entry, index) => index === 0 || entry.order >= (sorted[index - 1]?.order ?? 0),
  );
  return inOrder ? sorted : sorted.sort((a, b) => a.order - b.order);
}

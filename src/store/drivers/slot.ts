/**
 * A slot is an object's place in memory, the same from its creation to its deletion; a write only puts another version into
 * it. Indexes hold slots, not versions, so a write touches only those whose key it changed.
 */
import type { KubernetesObject } from "../../resources/index.ts";
import type { ObjectKey } from "../store.ts";

export class Slot {
  readonly key: ObjectKey;
  /** The revision of the creation. Whatever is listed is listed by it. */
  readonly order: number;
  /** The last version. Only the shelf writes it. */
  object: KubernetesObject;

  constructor(key: ObjectKey, order: number, object: KubernetesObject) {
    this.key = key;
    this.order = order;
    this.object = object;
  }
}

/**
 * Slots by a value that they have in common. Many values are had by one object alone (a pod's own name as a label), and
 * a Set costs ten times what it holds then: the lonely slot stands for itself, a Set comes with the second.
 */
export class SlotIndex {
  readonly #buckets = new Map<string, Slot | Set<Slot>>();

  add(value: string, slot: Slot): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) this.#buckets.set(value, slot);
    else if (bucket instanceof Set) bucket.add(slot);
    else if (bucket !== slot) this.#buckets.set(value, new Set([bucket, slot]));
  }

  remove(value: string, slot: Slot): void {
    const bucket = this.#buckets.get(value);
    if (bucket === slot) this.#buckets.delete(value);
    else if (bucket instanceof Set && bucket.delete(slot) && bucket.size === 0) this.#buckets.delete(value);
  }

  /** The slots that have this value; in the order in which they got it. */
  get(value: string): ReadonlySet<Slot> | readonly Slot[] {
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

const none: readonly Slot[] = [];

/** The slots by age. They mostly are already: only who got a label late stands in the wrong place. */
export function byAge(slots: Iterable<Slot>): Slot[] {
  // Spread at once: read one by one, a Set makes an object for each that is read.
  const sorted = [...slots];
  const inOrder = sorted.every((slot, place) => place === 0 || slot.order >= (sorted[place - 1]?.order ?? 0));
  return inOrder ? sorted : sorted.sort((a, b) => a.order - b.order);
}

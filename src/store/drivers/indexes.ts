/**
 * The ways to find objects of one kind without looking at all of them: by label, by the few fields that are asked for
 * all the time (whose pods are these? `spec.nodeName`), and those that no controller has in charge. Kept up to date write by write. A write mostly leaves labels alone,
 * and then shares them with the version before: comparing by identity first, it costs a glance.
 */
import { controllerOf, type KubernetesObject, type OwnerReference } from "../../resources/index.ts";
import type { ListOptions } from "../store.ts";
import { fieldReader } from "./selection.ts";
import { type Slot, SlotIndex } from "./slot.ts";

type Labels = Readonly<Record<string, string>>;

export class Indexes {
  readonly #labels = new Map<string, SlotIndex>();
  readonly #orphans = new Set<Slot>();
  readonly #fields: { path: string; read: (object: KubernetesObject) => string; index: SlotIndex }[];

  /** `fields`: the paths that are worth an index. */
  constructor(fields: readonly string[]) {
    this.#fields = fields.map(path => ({ path, read: fieldReader(path), index: new SlotIndex() }));
  }

  /** Told of every write: the version before, the version after; undefined where there is none. */
  update(slot: Slot, before: KubernetesObject | undefined, after: KubernetesObject | undefined): void {
    this.#updateLabels(slot, before?.metadata.labels, after?.metadata.labels);
    this.#updateOrphans(slot, before, after);
    for (const { read, index } of this.#fields) {
      const was = before && read(before);
      const is = after && read(after);
      if (was === is) continue;
      if (was !== undefined) index.remove(was, slot);
      if (is !== undefined) index.add(is, slot);
    }
  }

  #updateLabels(slot: Slot, before: Labels | undefined, after: Labels | undefined): void {
    if (before === after) return;
    for (const key in before) {
      const was = before[key];
      if (was === undefined || after?.[key] === was) continue;
      const index = this.#labels.get(key);
      index?.remove(was, slot);
      if (index?.isEmpty) this.#labels.delete(key);
    }
    for (const key in after) {
      const is = after[key];
      if (is === undefined || before?.[key] === is) continue;
      let index = this.#labels.get(key);
      if (!index) {
        index = new SlotIndex();
        this.#labels.set(key, index);
      }
      index.add(is, slot);
    }
  }

  #updateOrphans(
    slot: Slot,
    before: KubernetesObject | undefined,
    after: KubernetesObject | undefined,
  ): void {
    if (after === undefined) this.#orphans.delete(slot);
    else if (before?.metadata.ownerReferences === after.metadata.ownerReferences && before) return;
    else if (controllerOf(after)) this.#orphans.delete(slot);
    else this.#orphans.add(slot);
  }

  /** The smallest bucket in which everything is that the options ask for; undefined if no index covers them. */
  narrow(options: ListOptions): { size: number; slots: () => Iterable<Slot> } | undefined {
    let best: { size: number; slots: () => Iterable<Slot> } | undefined;
    if (options.orphans) best = { size: this.#orphans.size, slots: () => this.#orphans };
    const offer = (index: SlotIndex, value: string) => {
      const size = index.count(value);
      if (!best || size < best.size) best = { size, slots: () => index.get(value) };
    };
    for (const [key, value] of Object.entries(options.matchLabels ?? {})) {
      offer(this.#labels.get(key) ?? emptyIndex, value);
    }
    for (const [path, value] of Object.entries(options.matchFields ?? {})) {
      const field = this.#fields.find(field => field.path === path);
      if (field) offer(field.index, value);
    }
    return best;
  }
}

const emptyIndex = new SlotIndex();

/** Objects of every kind by the uid of each of their owners: what garbage collection and every controller ask for. */
export class OwnerIndex {
  readonly #byOwner = new SlotIndex();

  update(slot: Slot, before: KubernetesObject | undefined, after: KubernetesObject | undefined): void {
    const was = before?.metadata.ownerReferences;
    const is = after?.metadata.ownerReferences;
    if (was === is) return;
    for (const { uid } of was ?? []) if (!names(is, uid)) this.#byOwner.remove(uid, slot);
    for (const { uid } of is ?? []) this.#byOwner.add(uid, slot);
  }

  get(ownerUid: string): Iterable<Slot> {
    return this.#byOwner.get(ownerUid);
  }
}

function names(references: readonly OwnerReference[] | undefined, uid: string): boolean {
  return references?.some(reference => reference.uid === uid) ?? false;
}

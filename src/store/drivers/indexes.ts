/**
 * The ways to find objects of one kind without looking at all of them: by label, by the few fields that are often asked for
 * (the pods of a node, by `spec.nodeName`), and those that no controller has in charge. Each write updates them. Most writes
 * leave labels alone and share them with the version before: comparing by identity first, that costs nearly nothing.
 */
import { controllerOf, type KubernetesObject, type OwnerReference } from "../../resources/index.ts";
import type { StoreListOptions } from "../store.ts";
import { type Entry, EntryIndex } from "./entry.ts";
import { fieldReader } from "./selection.ts";

type Labels = Readonly<Record<string, string>>;

export class Indexes {
  readonly #labels = new Map<string, EntryIndex>();
  readonly #orphans = new Set<Entry>();
  readonly #fields: { path: string; read: (object: KubernetesObject) => string; index: EntryIndex }[];

  /** `fields`: the paths that are worth an index. */
  constructor(fields: readonly string[]) {
    this.#fields = fields.map(path => ({ path, read: fieldReader(path), index: new EntryIndex() }));
  }

  /** Told of every write: the version before, the version after; undefined where there is none. */
  update(entry: Entry, before: KubernetesObject | undefined, after: KubernetesObject | undefined): void {
    this.#updateLabels(entry, before?.metadata.labels, after?.metadata.labels);
    this.#updateOrphans(entry, before, after);
    for (const { read, index } of this.#fields) {
      const was = before && read(before);
      const is = after && read(after);
      if (was === is) continue;
      if (was !== undefined) index.remove(was, entry);
      if (is !== undefined) index.add(is, entry);
    }
  }

  #updateLabels(entry: Entry, before: Labels | undefined, after: Labels | undefined): void {
    if (before === after) return;
    for (const key in before) {
      const was = before[key];
      if (was === undefined || after?.[key] === was) continue;
      const index = this.#labels.get(key);
      index?.remove(was, entry);
      if (index?.isEmpty) this.#labels.delete(key);
    }
    for (const key in after) {
      const is = after[key];
      if (is === undefined || before?.[key] === is) continue;
      let index = this.#labels.get(key);
      if (!index) {
        index = new EntryIndex();
        this.#labels.set(key, index);
      }
      index.add(is, entry);
    }
  }

  #updateOrphans(
    entry: Entry,
    before: KubernetesObject | undefined,
    after: KubernetesObject | undefined,
  ): void {
    if (after === undefined) this.#orphans.delete(entry);
    else if (before?.metadata.ownerReferences === after.metadata.ownerReferences && before) return;
    else if (controllerOf(after)) this.#orphans.delete(entry);
    else this.#orphans.add(entry);
  }

  /** The smallest bucket in which everything is that the options ask for; undefined if no index covers them. */
  narrow(options: StoreListOptions): { size: number; entries: () => Iterable<Entry> } | undefined {
    let best: { size: number; entries: () => Iterable<Entry> } | undefined;
    if (options.orphans) best = { size: this.#orphans.size, entries: () => this.#orphans };
    const offer = (index: EntryIndex, value: string) => {
      const size = index.count(value);
      if (!best || size < best.size) best = { size, entries: () => index.get(value) };
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

const emptyIndex = new EntryIndex();

/** Objects of every kind by the uid of each of their owners: what garbage collection and every controller ask for. */
export class OwnerIndex {
  readonly #byOwner = new EntryIndex();

  update(entry: Entry, before: KubernetesObject | undefined, after: KubernetesObject | undefined): void {
    const was = before?.metadata.ownerReferences;
    const is = after?.metadata.ownerReferences;
    if (was === is) return;
    for (const { uid } of was ?? []) if (!names(is, uid)) this.#byOwner.remove(uid, entry);
    for (const { uid } of is ?? []) this.#byOwner.add(uid, entry);
  }

  get(ownerUid: string): Iterable<Entry> {
    return this.#byOwner.get(ownerUid);
  }
}

function names(references: readonly OwnerReference[] | undefined, uid: string): boolean {
  return references?.some(reference => reference.uid === uid) ?? false;
}

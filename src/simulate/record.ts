/**
 * What the store has told, change by change, over all processes of a play: what stands here somebody has seen, and so it must never be
 * otherwise. After a crash what is found on the disk is held against it.
 */
import type { KindName, KubernetesObject, ObjectOf } from "../resources/index.ts";
import type { Change, ObjectKey, Store } from "../store/index.ts";

/** With the program that wrote it, where there are several. */
export interface RecordedChange extends Change {
  readonly program?: string;
}

export class Record {
  readonly #objects = new Map<string, { readonly key: ObjectKey; readonly object: KubernetesObject }>();
  /** The revision in which each was deleted last. */
  readonly #deleted = new Map<string, number>();
  readonly #changes: RecordedChange[] = [];
  #revision = 0;

  /** The last that was told. */
  get revision(): number {
    return this.#revision;
  }

  /** In the order of their revisions. */
  get changes(): readonly RecordedChange[] {
    return this.#changes;
  }

  add(change: RecordedChange): void {
    const { type, key, object, revision } = change;
    const text = textOf(key);
    if (type === "DELETED") {
      this.#objects.delete(text);
      this.#deleted.set(text, revision);
    } else this.#objects.set(text, { key, object });
    this.#revision = revision;
    this.#changes.push(change);
  }

  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#objects.get(textOf({ kind, namespace, name }))?.object as ObjectOf<K> | undefined;
  }

  list<K extends KindName>(kind: K, namespace?: string): ObjectOf<K>[] {
    return [...this.#objects.values()]
      .filter(({ key }) => key.kind === kind && (namespace === undefined || key.namespace === namespace))
      .map(({ object }) => object as KubernetesObject as ObjectOf<K>);
  }

  *all(): Generator<KubernetesObject> {
    for (const { object } of this.#objects.values()) yield object;
  }

  /** The first change of a kind after a revision. */
  next(kind: KindName, after: number): RecordedChange | undefined {
    for (let place = this.#placeAfter(after); place < this.#changes.length; place++) {
      const change = this.#changes[place];
      if (change?.key.kind === kind) return change;
    }
    return undefined;
  }

  /** What there was of a kind in a revision: by namespace and name, the revision of each. */
  stateAt(kind: KindName, revision: number): ReadonlyMap<string, string> {
    const there = new Map<string, string>();
    for (const { type, key, object } of this.#changes.slice(0, this.#placeAfter(revision))) {
      if (key.kind !== kind) continue;
      const name = `${key.namespace}/${key.name}`;
      if (type === "DELETED") there.delete(name);
      else there.set(name, object.metadata.resourceVersion);
    }
    return there;
  }

  /** The place of the first change after a revision. */
  #placeAfter(revision: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  deletedAt(kind: KindName, namespace: string, name: string): number | undefined {
    return this.#deleted.get(textOf({ kind, namespace, name }));
  }

  /**
   * A store was opened anew. What it has come to since is given to `changed`, as its watchers would have been told; what it has lost
   * of what stands here, is returned.
   */
  reopened(store: Store, changed: (change: Change) => void): string | undefined {
    if (store.revision < this.#revision)
      return `revision ${store.revision} after the start, where ${this.#revision} was told before`;
    if (store.revision > this.#revision && this.#revision > 0)
      for (const change of store.history({ after: this.#revision })) changed(change);
    for (const { key, object } of this.#objects.values()) {
      const found = store.get(key.kind, key.namespace, key.name);
      const has = found?.metadata.resourceVersion ?? "nothing";
      const { resourceVersion } = object.metadata;
      if (has !== resourceVersion) return `${textOf(key)} is at ${has}, where ${resourceVersion} was told`;
    }
    for (const kind of store.kinds())
      for (const { metadata } of store.walk(kind)) {
        const { namespace = "", name } = metadata;
        if (!this.#objects.has(textOf({ kind, namespace, name })) && this.#revision > 0)
          return `${kind} ${namespace}/${name} is there, of which nothing was told`;
      }
    return undefined;
  }
}

function textOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}

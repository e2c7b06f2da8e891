/**
 * A store so simple that it is right at a glance: a list of what was written, and a map of what is there; everything else
 * is a filter. store.suite.ts plays random worlds (test-worlds.ts) against it and against the store under test.
 */
import type { KubernetesObject } from "../resources/index.ts";
import type { Change, ObjectKey, StoreListOptions } from "./store.ts";

export interface Written {
  readonly type: Change["type"];
  readonly revision: number;
  readonly key: ObjectKey;
  readonly object: KubernetesObject;
}

interface Kept {
  readonly order: number;
  readonly key: ObjectKey;
  readonly object: KubernetesObject;
}

export class Model {
  readonly changes: Written[] = [];
  readonly #objects = new Map<string, Kept>();
  readonly #step: number;
  readonly #base: number;

  /**
   * @param step how much higher each revision is than the last
   * @param base the revision before the first
   */
  constructor(step = 1, base = 0) {
    this.#step = step;
    this.#base = base;
  }

  get({ kind, namespace, name }: ObjectKey): Kept | undefined {
    return this.#objects.get(`${kind}/${namespace}/${name}`);
  }

  /** What was at this place before the last write, if anything was. */
  stale(key: ObjectKey): KubernetesObject | undefined {
    return this.changes.filter(change => textOf(change.key) === textOf(key)).at(-2)?.object;
  }

  write(type: Change["type"], key: ObjectKey, object: KubernetesObject): KubernetesObject {
    const revision = this.#base + (this.changes.length + 1) * this.#step;
    const written = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    this.changes.push({ type, revision, key, object: written });
    if (type === "DELETED") this.#objects.delete(textOf(key));
    else this.#objects.set(textOf(key), { order: this.get(key)?.order ?? revision, key, object: written });
    return written;
  }

  list({
    kind,
    namespace,
    matchLabels = {},
    matchFields = {},
    orphans = false,
  }: StoreListOptions & { kind?: string }): KubernetesObject[] {
    return [...this.#objects.values()]
      .filter(({ key }) => kind === undefined || key.kind === kind)
      .filter(({ key }) => namespace === undefined || key.namespace === namespace)
      .filter(({ object }) =>
        Object.entries(matchLabels).every(([label, value]) => object.metadata.labels?.[label] === value),
      )
      .filter(({ object }) =>
        Object.entries(matchFields).every(([path, value]) => fieldOf(object, path) === value),
      )
      .filter(({ object }) => !orphans || !object.metadata.ownerReferences?.some(owner => owner.controller))
      .sort((one, other) => one.order - other.order)
      .map(({ object }) => object);
  }

  dependents(uid: string, kind?: string): KubernetesObject[] {
    const isOwned = (object: KubernetesObject) =>
      object.metadata.ownerReferences?.some(owner => owner.uid === uid);
    return this.list(kind ? { kind } : {}).filter(isOwned);
  }

  everyUid(): { uid: string; object: KubernetesObject | undefined }[] {
    const uids = new Set(this.changes.map(change => change.object.metadata.uid));
    return [...uids].map(uid => ({ uid, object: this.list({}).find(object => object.metadata.uid === uid) }));
  }

  changesFor({ kind, namespace }: { kind?: string; namespace?: string }, after: number): Written[] {
    return this.changes
      .filter(({ revision }) => revision > after)
      .filter(({ key }) => kind === undefined || key.kind === kind)
      .filter(({ key }) => namespace === undefined || key.namespace === namespace);
  }
}

function textOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

function fieldOf(object: KubernetesObject, path: string): string {
  if (path === "metadata.name") return object.metadata.name;
  return (object.spec as { nodeName?: string } | undefined)?.nodeName ?? "";
}

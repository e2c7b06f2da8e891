/**
 * The store in memory, the first driver of the port (store.ts). A write has happened, and every watcher has been told,
 * when the call returns; its promise only says so. JavaScript runs one piece of code at a time, so between reading the
 * last version and replacing it nothing else runs: that is the whole of its compare-and-swap.
 */
import type { Clock } from "../../outside/index.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../../resources/index.ts";
import { deepFreeze } from "../freeze.ts";
import type {
  Author,
  Change,
  ObjectKey,
  Past,
  Store,
  Stored,
  StoreListOptions,
  StoreWatchOptions,
  Unwatch,
} from "../store.ts";
import { Contents } from "./contents.ts";
import type { Entry } from "./entry.ts";
import { History } from "./history.ts";
import { pastAt } from "./past.ts";
import { alreadyExists, closed, conflict, notFound } from "./refusals.ts";
import { type OnFault, Watchers } from "./watchers.ts";

export interface MemoryStoreOptions {
  readonly clock: Pick<Clock, "now">;
  /** Takes what a watcher threw; nothing else is told of it. */
  readonly onFault: OnFault;
  /** How many changes of each kind are kept for watchers that come back and for `why`; 10,000 where left out. */
  readonly historyLimit?: number;
  /** The fields that are worth an index, by kind. Lists that ask for others are right, and slower. */
  readonly indexedFields?: Readonly<Record<string, readonly string[]>>;
  /** How much higher each revision is than the last; 1 where left out. With more there are gaps, as etcd has them. */
  readonly revisionStep?: number;
  /** What is there when the store is opened; each object with the uid and the resourceVersion that it has. */
  readonly content?: Iterable<Stored>;
}

export class MemoryStore implements Store {
  readonly #clock: Pick<Clock, "now">;
  readonly #contents: Contents;
  readonly #history: History;
  readonly #watchers: Watchers;
  readonly #initial: Iterable<Stored>;
  readonly #revisionStep: number;
  #revision = 0;
  #isClosed = false;

  constructor({
    clock,
    onFault,
    historyLimit,
    indexedFields = {},
    content = [],
    revisionStep = 1,
  }: MemoryStoreOptions) {
    this.#clock = clock;
    this.#contents = new Contents(indexedFields);
    this.#history = new History(historyLimit);
    this.#watchers = new Watchers(onFault);
    this.#initial = content;
    this.#revisionStep = revisionStep;
  }

  async open(): Promise<void> {
    const byRevision = [...this.#initial].sort((a, b) => revisionOf(a.object) - revisionOf(b.object));
    // When each was created is not known, besides in whole seconds; the sort is stable, so the rest is by revision.
    const byBirth = byRevision.toSorted((a, b) =>
      bornAt(a) < bornAt(b) ? -1 : Number(bornAt(a) > bornAt(b)),
    );
    for (const [index, { key, object }] of byBirth.entries())
      this.#contents.add(key, deepFreeze(object), index);
    const last = byRevision.at(-1);
    if (!last) return;
    this.#revision = revisionOf(last.object);
    this.#history.startAfter(this.#revision);
  }

  get revision(): number {
    return this.#revision;
  }

  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#contents.find({ kind, namespace, name })?.object as ObjectOf<K> | undefined;
  }

  list<K extends KindName>(kind: K, options: StoreListOptions = {}): ObjectOf<K>[] {
    return this.#contents.list(kind, options) as ObjectOf<K>[];
  }

  count(kind: KindName): number {
    return this.#contents.count(kind);
  }

  kinds(): readonly KindName[] {
    return this.#contents.kinds();
  }

  *walk<K extends KindName>(kind: K): Generator<ObjectOf<K>> {
    for (const { object } of this.#contents.all(kind)) yield object as KubernetesObject as ObjectOf<K>;
  }

  dependents<K extends KindName>(ownerUid: string, kind: K): ObjectOf<K>[];
  dependents(ownerUid: string): KubernetesObject[];
  dependents(ownerUid: string, kind?: KindName): KubernetesObject[] {
    return this.#contents.dependents(ownerUid, kind);
  }

  byUid(uid: string): KubernetesObject | undefined {
    return this.#contents.byUid(uid)?.object;
  }

  keyOf(uid: string): ObjectKey | undefined {
    return this.#contents.byUid(uid)?.key;
  }

  // The three writes are async so that a failure is a rejected promise; they do all their work before they return.

  async add<T extends KubernetesObject>(key: ObjectKey, draft: T, author: Author): Promise<T> {
    this.#assertOpen(key);
    if (this.#contents.find(key)) throw alreadyExists(key);
    const object = this.#stamped(draft);
    const entry = this.#contents.add(key, object, this.#revision);
    this.#tell("ADDED", entry.key, author, object, undefined);
    return object;
  }

  async replace<T extends KubernetesObject>(
    key: ObjectKey,
    previous: T,
    draft: T,
    author: Author,
  ): Promise<T> {
    const entry = this.#find(key, previous);
    const last = entry.object;
    const object = this.#stamped(draft);
    this.#contents.replace(entry, object);
    this.#tell("MODIFIED", entry.key, author, object, last);
    return object;
  }

  async remove<T extends KubernetesObject>(key: ObjectKey, previous: T, author: Author): Promise<T> {
    const entry = this.#find(key, previous);
    const last = entry.object;
    const object = this.#stamped(last as T);
    this.#contents.remove(entry);
    this.#tell("DELETED", entry.key, author, object, last);
    return object;
  }

  watch(options: StoreWatchOptions, tell: (change: Change) => void): Unwatch {
    if (this.#isClosed) queueMicrotask(() => options.ended?.());
    if (options.after !== undefined) this.#history.assertReachesBackTo(options.after, options.kind);
    return this.#watchers.add(
      options,
      tell,
      after => this.#history.after(after, options.kind),
      () => this.#revision,
    );
  }

  history(of: ObjectKey | { after: number }): Change[] {
    return "after" in of ? this.#history.after(of.after) : this.#history.of(of);
  }

  change(revision: number): Change | undefined {
    return this.#history.at(revision);
  }

  at(revision: number): Past {
    this.#history.assertReachesAnywhereTo(revision);
    return pastAt(revision, {
      all: kind => this.#contents.all(kind),
      after: (revision, kind) => {
        this.#history.assertReachesBackTo(revision, kind);
        return this.#history.after(revision, kind);
      },
    });
  }

  /** Watchers are told of this and of nothing after it, and writes fail; what is there can still be read. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchers.end();
  }

  /** The compare of compare-and-swap. Revisions are never given twice, so comparing them compares versions. */
  #find(key: ObjectKey, previous: KubernetesObject): Entry {
    this.#assertOpen(key);
    const entry = this.#contents.find(key);
    if (!entry) throw notFound(key);
    const last = entry.object.metadata.resourceVersion;
    const { resourceVersion } = previous.metadata;
    if (last !== resourceVersion) throw conflict(key, resourceVersion, last);
    return entry;
  }

  /** Takes the next revision, and the object as it is with it. */
  #stamped<T extends KubernetesObject>(object: T): T {
    const revision = this.#revision + this.#revisionStep;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    const stamped = deepFreeze({ ...object, metadata });
    // Only now: what cannot be frozen must not leave a gap in the revisions.
    this.#revision = revision;
    return stamped;
  }

  #tell(
    type: Change["type"],
    key: ObjectKey,
    { actor, cause, user, manager }: Author,
    object: KubernetesObject,
    previous: KubernetesObject | undefined,
  ): void {
    const revision = this.#revision;
    const change: Change = {
      type,
      revision,
      key,
      object,
      previous,
      at: this.#clock.now(),
      actor,
      cause,
      user: user.name,
      manager,
    };
    Object.freeze(change);
    this.#history.add(change);
    this.#watchers.tell(change);
  }

  #assertOpen(key: ObjectKey): void {
    if (this.#isClosed) throw closed(key);
  }
}

function revisionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion);
}

function bornAt({ object }: Stored): string {
  return object.metadata.creationTimestamp;
}

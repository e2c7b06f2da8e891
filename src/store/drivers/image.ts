/**
 * What every driver of the store keeps in memory, and reads are answered from: the objects, the changes since a while, the
 * watchers. A driver (memory.ts, journal/) decides when a write has happened, and gives it to `apply` then: all at once the
 * objects are changed, history knows it, and every watcher has been told.
 */
import type { KindName, KubernetesObject, ObjectOf } from "../../resources/index.ts";
import { deepFreeze } from "../freeze.ts";
import type {
  Author,
  Change,
  ObjectKey,
  Past,
  Stored,
  StoreListOptions,
  StoreReads,
  StoreWatchOptions,
  Unwatch,
} from "../store.ts";
import { Contents } from "./contents.ts";
import { byAge, type Entry } from "./entry.ts";
import { History } from "./history.ts";
import { pastAt } from "./past.ts";
import { alreadyExists, closed, conflict, ledByAnother, notFound } from "./refusals.ts";
import { type OnFault, Watchers } from "./watchers.ts";

export interface ImageOptions {
  /** Takes what a watcher threw; nothing else is told of it. */
  readonly onFault: OnFault;
  /** How many changes of each kind are kept for watchers that come back and for `why`; 10,000 where left out. */
  readonly historyLimit?: number;
  /** The fields that are worth an index, by kind. Lists that ask for others are right, and slower. */
  readonly indexedFields?: Readonly<Record<string, readonly string[]>>;
}

export class Image implements StoreReads {
  readonly #contents: Contents;
  readonly #history: History;
  readonly #watchers: Watchers;
  #revision = 0;
  /** By what is led: the revision of the write by which it is. */
  readonly #claims = new Map<string, number>();
  #isClosed = false;
  #hasEnded = false;

  constructor({ onFault, historyLimit, indexedFields = {} }: ImageOptions) {
    this.#contents = new Contents(indexedFields);
    this.#history = new History(historyLimit);
    this.#watchers = new Watchers(onFault);
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

  watch(options: StoreWatchOptions, tell: (change: Change) => void): Unwatch {
    if (options.after !== undefined) this.#history.assertReachesBackTo(options.after, options.kind);
    const unwatch = this.#watchers.add(
      options,
      tell,
      after => this.#history.after(after, options.kind),
      () => this.#revision,
    );
    // Nothing will come any more: it is told, if it still wants to hear of it.
    if (this.#hasEnded) queueMicrotask(() => this.#watchers.end());
    return unwatch;
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

  /** Every entry that there is, the oldest first. For a driver that writes them down. */
  protected entries(): Entry[] {
    return byAge(this.#contents.kinds().flatMap(kind => [...this.#contents.all(kind)]));
  }

  /** Takes in objects that have come from elsewhere, each with its uid and its resourceVersion. */
  protected loadContent(content: Iterable<Stored>): void {
    const byRevision = [...content].sort((a, b) => revisionOf(a.object) - revisionOf(b.object));
    // When each was created is not known, besides in whole seconds; the sort is stable, so the rest is by revision.
    const byBirth = byRevision.toSorted((a, b) =>
      bornAt(a) < bornAt(b) ? -1 : Number(bornAt(a) > bornAt(b)),
    );
    for (const [index, { key, object }] of byBirth.entries()) this.load(key, object, index);
    const last = byRevision.at(-1);
    if (last) this.startAfter(revisionOf(last.object));
  }

  /** Takes in what was there before this image; nothing is told of it. The oldest comes first. */
  protected load(key: ObjectKey, object: KubernetesObject, order: number): void {
    this.#contents.add(key, deepFreeze(object), order);
  }

  /** Says which was the last revision before this image: nothing is known of what was before. */
  protected startAfter(revision: number): void {
    this.#revision = revision;
    this.#history.startAfter(revision);
  }

  /** Fails with AlreadyExists where there is such an object, and once the store is closed. */
  protected assertFree(key: ObjectKey): void {
    this.#assertOpen(key);
    if (this.#contents.find(key)) throw alreadyExists(key);
  }

  /** The compare of compare-and-swap. Revisions are never given twice, so comparing them compares versions. */
  protected findLast(key: ObjectKey, previous: KubernetesObject): Entry {
    this.#assertOpen(key);
    const entry = this.#contents.find(key);
    if (!entry) throw notFound(key);
    const last = entry.object.metadata.resourceVersion;
    const { resourceVersion } = previous.metadata;
    if (last !== resourceVersion) throw conflict(key, resourceVersion, last);
    return entry;
  }

  /** Promise 8, where all writers are in this process. */
  protected assertLeads({ fence }: Author): void {
    if (fence && this.#claims.get(fence.of) !== fence.claim) throw ledByAnother();
  }

  protected claimed({ claims }: Author, revision: number): void {
    if (claims !== undefined) this.#claims.set(claims, revision);
  }

  protected get isClosed(): boolean {
    return this.#isClosed;
  }

  /** It has happened: from here on it is read, and when this returns every watcher knows it. */
  protected apply(...written: WrittenChange): void {
    this.#watchers.tell(this.replay(...written));
  }

  /** Tells what was replayed. */
  protected tell(changes: readonly Change[]): void {
    for (const change of changes) this.#watchers.tell(change);
  }

  /**
   * It is what is there in this revision, and not all changes up to it were seen: who goes on from an earlier one, or wants to see every
   * change, begins anew.
   */
  protected skipTo(revision: number): void {
    this.#revision = revision;
    this.#history.skipTo(revision);
    this.#watchers.skip();
  }

  /** It has happened and is read; watchers are not told, or not yet. */
  protected replay(
    ...[type, revision, key, object, at, { actor, cause, user, manager }]: WrittenChange
  ): Change {
    const last = type === "ADDED" ? undefined : this.#contents.find(key);
    const previous = last?.object;
    const entry = last ?? this.#contents.add(key, object, revision);
    if (type === "MODIFIED") this.#contents.replace(entry, object);
    if (type === "DELETED") this.#contents.remove(entry);
    this.#revision = revision;
    const change: Change = {
      type,
      revision,
      key: entry.key,
      object,
      previous,
      at,
      actor,
      cause,
      user,
      manager,
    };
    Object.freeze(change);
    this.#history.add(change);
    return change;
  }

  /** From now on writes fail; those that are under way may still happen. */
  protected refuseWrites(): void {
    this.#isClosed = true;
  }

  /** Watchers are told of this and of nothing after it, and writes fail; what is there can still be read. */
  protected end(): void {
    this.#isClosed = true;
    this.#hasEnded = true;
    this.#watchers.end();
  }

  #assertOpen(key: ObjectKey): void {
    if (this.#isClosed) throw closed(key);
  }
}

/** A write, part by part: they are made thousands of times a second. */
type WrittenChange = [
  type: Change["type"],
  revision: number,
  key: ObjectKey,
  object: KubernetesObject,
  at: number,
  author: ChangeAuthor,
];

/** What a change keeps of who wrote it. */
export type ChangeAuthor = Pick<Change, "actor" | "cause" | "user" | "manager">;

export function changeAuthor({ actor, cause, user, manager }: Author): ChangeAuthor {
  return { actor, cause, user: user.name, manager };
}

/** The object as it is with its revision; frozen. */
export function stamped<T extends KubernetesObject>(object: T, revision: number): T {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return deepFreeze({ ...object, metadata });
}

function revisionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion);
}

function bornAt({ object }: Stored): string {
  return object.metadata.creationTimestamp;
}

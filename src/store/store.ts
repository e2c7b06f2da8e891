/**
 * The store: where objects are kept. This is the port. One driver keeps them in memory (drivers/memory.ts), one in a
 * journal on disk (drivers/journal/), one in etcd, where several programs share it (drivers/etcd/).
 * What it promises:
 *
 * 1. Every write has a revision, higher than that of every write before it, over all kinds. There may be gaps.
 * 2. A write says which revision of the object it builds on. If that is no longer the last one, it fails with Conflict and
 *    nothing happens (compare-and-swap). So any number of writers, in any number of threads, lose no update. When it
 *    fails, `get` here knows the version that was faster: who reads again does not fail for the same reason.
 * 3. A write is seen by the next read: once a write has resolved, `get` and `list` here know it. (Kubernetes' controllers
 *    read a cache that lags behind, and keep "expectations" for that reason; ours need none.)
 * 4. Watchers learn of every write, in order, before the promise of the write resolves. One that starts from an older
 *    revision is first told what it missed, or fails with Expired if history no longer reaches back so far.
 * 5. What is read is frozen. Objects share their unchanged parts; no reader can change what another reads.
 * 6. History is bounded for each kind by itself, and no writer pushes out what all the others wrote.
 * 7. What is decided by several objects (what is left of a quota, which address is free) still holds when it is written, where all who
 *    decide about the same do so `alone`.
 * 8. Who was told to lead no more writes nothing any more: a write with a fence happens only while nobody else has claimed to lead.
 *
 * Reading is synchronous: a driver keeps an image in memory. The store knows no kinds: which fields are worth an index is an
 * option of the driver. It knows nothing of schemas, defaults or deletion with finalizers: those are the rules of the registry
 * (writes/registry.ts), the only writer here.
 */
import type { KindName, KubernetesObject, ObjectOf } from "../resources/index.ts";
import type { Writer } from "./identity.ts";

/** Where an object stands. `namespace` is "" for what belongs to the whole cluster. */
export interface ObjectKey {
  readonly kind: KindName;
  readonly namespace: string;
  readonly name: string;
}

/** Who writes, and because of which revision. From this come `why` and the timeline. */
export interface Author extends Writer {
  /** The revision that made the actor write; absent where a person or the clock did. */
  readonly cause?: number;
  /** Written only while the actor leads: while nobody has claimed to since. It fails with Conflict otherwise. */
  readonly fence?: Fence;
  /** With this write the actor begins to lead what is named so, and whoever led it before writes nothing any more. */
  readonly claims?: string;
}

/** By which write an actor leads. */
export interface Fence {
  /** What it leads: `kube-scheduler`. */
  readonly of: string;
  /** The revision of the write that claimed it. */
  readonly claim: number;
}

/** One write, as history keeps it and watchers are told of it. */
export interface Change<T extends KubernetesObject = KubernetesObject>
  extends Pick<Author, "actor" | "manager" | "cause"> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly key: ObjectKey;
  /** The object after the write; for DELETED, as it was last, with the revision of the deletion. */
  readonly object: T;
  /** The object before the write; absent for ADDED. */
  readonly previous?: T;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The name of the user who wrote. */
  readonly user: string;
}

export interface StoreListOptions {
  /** Only this namespace; all of them where left out. */
  readonly namespace?: string;
  /** Only objects with these labels. The smallest index bucket is walked, not the whole kind. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Only objects whose field at the path has this value (`{ "spec.nodeName": "node-0" }`; absent counts as ""). */
  readonly matchFields?: Readonly<Record<string, string>>;
  /** Only objects that no controller has in charge. They are at hand: those that are in charge cost nothing. */
  readonly orphans?: boolean;
}

export interface StoreWatchOptions {
  /** Only this kind; all where left out. */
  readonly kind?: KindName;
  /**
   * Where no kind is given: only the changes in which an object was deleted, is being deleted, or has other owners than before.
   * They are few, and a watch of them costs the other writes nothing.
   */
  readonly deletionsAndOwners?: boolean;
  readonly namespace?: string;
  /** Tell first what came after this revision. From now on where left out. */
  readonly after?: number;
  /** Called once when the store closes: nothing more will be told. Never after the watch was stopped. */
  readonly ended?: () => void;
  /**
   * Called when changes were made that can not be told any more, for the store has let go of them before they were read here (etcd
   * does, when it is compacted). What is told then leads to what is there now, by fewer changes than there were.
   */
  readonly skipped?: () => void;
}

/** Stops a watch; nothing is told after it returns. */
export type Unwatch = () => void;

/** An object, and where it stands. */
export interface Stored {
  readonly key: ObjectKey;
  readonly object: KubernetesObject;
}

/** What the store held at an earlier revision. What history does not reach back to, for this kind, throws Expired. */
export interface Past {
  readonly revision: number;
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined;
  /** In the order of namespace and name. */
  list<K extends KindName>(kind: K, options?: StoreListOptions): ObjectOf<K>[];
}

/** What is read of a store. */
export interface StoreReads {
  /** The revision of the last write; 0 in an empty store. */
  readonly revision: number;
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined;
  /** In the order of their creation. The array is the caller's own. */
  list<K extends KindName>(kind: K, options?: StoreListOptions): ObjectOf<K>[];
  count(kind: KindName): number;
  /** The kinds of which there are objects. */
  kinds(): readonly KindName[];
  /** All objects of a kind, for who goes through them bit by bit: objects may come, go and change between two steps. */
  walk<K extends KindName>(kind: K): IterableIterator<ObjectOf<K>>;
  /** What is owned, by ownerReferences, by the object with this uid; of one kind, or of all. */
  dependents<K extends KindName>(ownerUid: string, kind: K): ObjectOf<K>[];
  dependents(ownerUid: string): KubernetesObject[];
  byUid(uid: string): KubernetesObject | undefined;
  /** Where the object with this uid stands. */
  keyOf(uid: string): ObjectKey | undefined;
  /** Calls `tell` for every change that fits, synchronously, in order. Throws Expired, see promise 4. */
  watch(options: StoreWatchOptions, tell: (change: Change) => void): Unwatch;
  /** The changes that are still kept, oldest first: of one object, or of all after a revision. */
  history(of: ObjectKey | { after: number }): Change[];
  /** The change that has this very revision, while it is kept. */
  change(revision: number): Change | undefined;
  /**
   * The world as it was after this revision. Throws Expired where history of no kind reaches back so far, and where the
   * revision was not given yet.
   */
  at(revision: number): Past;
}

export interface Store extends StoreReads {
  /**
   * Takes in what is there already: where there is a content, revisions go on from its highest, and nothing is known of
   * what was before. Watchers are not told of it. Once, before anything else; a store without content needs none.
   */
  open(): Promise<void>;
  /**
   * Does `act` while nothing else is done of the same places, until what it writes is read here: so what it decides by other objects, such
   * as what is left of a quota, still holds when it is written. It writes once, before it waits for anything; where another was faster
   * meanwhile, `act` is called again. Where a write has happened when its call returns, nothing has to be waited for:
   * `act` is called at once, and nobody asks for the places.
   */
  alone<T>(places: () => readonly string[], act: () => Promise<T>): Promise<T>;
  /** Adds an object that is not there: fails with AlreadyExists. Resolves to it as stored, with its resourceVersion. */
  add<T extends KubernetesObject>(key: ObjectKey, object: T, author: Author): Promise<T>;
  /** Replaces `previous`, which must be the last one: fails with Conflict or NotFound. */
  replace<T extends KubernetesObject>(key: ObjectKey, previous: T, object: T, author: Author): Promise<T>;
  /** Removes `previous`, which must be the last one: fails with Conflict or NotFound. */
  remove<T extends KubernetesObject>(key: ObjectKey, previous: T, author: Author): Promise<T>;
  close(): Promise<void>;
  /** Why nothing can be written at the moment; undefined, or left out, where it can. What is there can be read. */
  readonly broken?: unknown;
}

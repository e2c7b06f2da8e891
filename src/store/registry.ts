/**
 * The door to the store: every write of an object, whoever makes it, goes through here, and the rules of Kubernetes that hold
 * for all kinds are kept here: names, uids, generation, defaults, validation, status apart from spec, deletion with grace
 * periods and finalizers. It decides what is to be written; the store writes it.
 */
import type { Draft, KindName, KubernetesObject, ObjectOf } from "../resources/index.ts";
import type { Author, Store } from "./store.ts";

export interface WriteOptions {
  readonly author: Author;
  /** Check and prepare everything, write nothing; resolves to what would have been stored. */
  readonly dryRun?: boolean;
  /**
   * Skip the walk over the schema: for controllers, whose objects the compiler has checked and whose templates were
   * checked when they came in. Users, workers and clients are never trusted.
   */
  readonly trusted?: boolean;
}

export interface DeleteOptions extends WriteOptions {
  /** How long a pod may take to stop; what the pod says, 30, where left out. 0 removes the object at once. */
  readonly gracePeriodSeconds?: number;
  /** What becomes of the dependents: deleted after (the default), before, or left behind. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What the registry offers; see its docstrings for the rules each verb keeps. */
export interface RegistryVerbs {
  readonly store: Store;
  /** Fails with AlreadyExists, Invalid, BadRequest, NotFound (namespace), Forbidden (namespace terminating). */
  create<T extends KubernetesObject>(draft: Draft<T>, options: WriteOptions): Promise<T>;
  /** Replaces all but status. Where `metadata.resourceVersion` is given it must be the last: Conflict. A no-op writes nothing. */
  update<T extends KubernetesObject>(object: Draft<T>, options: WriteOptions): Promise<T>;
  /** Replaces status alone. A no-op writes nothing. */
  updateStatus<T extends KubernetesObject>(object: Draft<T>, options: WriteOptions): Promise<T>;
  /**
   * Reads, lets `change` make a new object, writes; again from the start when another writer was faster. `change` may
   * return undefined, or what it got: then nothing is written.
   */
  modify<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => ObjectOf<K> | undefined,
    options: WriteOptions & { readonly subresource?: "status" },
  ): Promise<ObjectOf<K>>;
  /** Asks for deletion. Resolves to the object: gone, or with its deletionTimestamp while something holds it. */
  delete<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    options: DeleteOptions,
  ): Promise<ObjectOf<K>>;
}

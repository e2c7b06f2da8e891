/**
 * What can be done to objects, whoever does it: the verbs that the registry (registry.ts) offers to users, controllers
 * and nodes alike, with the rules that each keeps.
 */
import type { Draft, KindName, KubernetesObject, Namespace, ObjectOf, Pod } from "../resources/index.ts";
import type { Author, Store } from "./store.ts";

export interface WriteOptions {
  readonly author: Author;
  /** Check and prepare everything, write nothing; resolves to what would have been stored. */
  readonly dryRun?: boolean;
  /**
   * Fill in defaults, but do not validate: for controllers, whose objects the compiler has checked and whose templates
   * were checked when they came in. Users, workers and clients are never trusted. What is handed in trusted is frozen, not
   * copied: it belongs to the store from then on.
   */
  readonly trusted?: boolean;
}

export interface DeleteOptions extends WriteOptions {
  /** How long a pod may take to stop; what the pod says, 30, where left out. 0 removes the object at once. */
  readonly gracePeriodSeconds?: number;
  /** What becomes of the dependents: deleted after (the default), before, or left behind. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** Only if the object is still that one, and that version of it: Conflict otherwise. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface RegistryVerbs {
  readonly store: Store;

  /**
   * Fails with AlreadyExists, Invalid, NotFound (namespace), Forbidden (namespace terminating). A name that is generated
   * never collides. Where no namespace is given it is `default`.
   */
  create<T extends KubernetesObject>(draft: Draft<T>, options: WriteOptions): Promise<T>;

  /**
   * Replaces all but status. Where `metadata.resourceVersion` is given it must be the last: Conflict. A no-op writes
   * nothing and keeps the resourceVersion. Taking away the last finalizer of what is being deleted deletes it.
   */
  update<T extends KubernetesObject>(object: Draft<T>, options: WriteOptions): Promise<T>;

  /** Replaces status, and annotations where they are given: nothing else. A no-op writes nothing. */
  updateStatus<T extends KubernetesObject>(object: Draft<T>, options: WriteOptions): Promise<T>;

  /**
   * Reads, lets `change` make a new object, writes; again from the start when another writer was faster. `change` may
   * return undefined, or what it got: then nothing is written.
   */
  modify<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    options: WriteOptions & { readonly subresource?: "status" },
  ): Promise<ObjectOf<K>>;

  /**
   * Asks for deletion. Resolves to the object: gone, or with its deletionTimestamp while something holds it. Fails with
   * NotFound, Conflict (a precondition), Forbidden (a namespace the cluster needs).
   */
  delete<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    options: DeleteOptions,
  ): Promise<ObjectOf<K>>;

  /** Puts a pod on a node: `spec.nodeName` and the condition PodScheduled in one write. Conflict if it has one, or goes. */
  bind(namespace: string, name: string, nodeName: string, options: WriteOptions): Promise<Pod>;

  /** Sets a namespace's `spec.finalizers`, and nothing else; with the last of them a namespace that is deleted goes. */
  finalize(name: string, finalizers: readonly string[], options: WriteOptions): Promise<Namespace>;
}

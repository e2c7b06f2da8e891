/**
 * What can be done to objects, whoever does it: the verbs that the registry (registry.ts) offers to users, controllers
 * and nodes alike, with the rules that each keeps. Every write comes with a request, which says who writes and how.
 */
import type { Draft, KindName, KubernetesObject, Namespace, ObjectOf, Pod } from "../resources/index.ts";
import type { Author, Store } from "./store.ts";

/** Who writes, and how the write is to be taken. A writer makes one of these and uses it for all its writes. */
export interface Request {
  readonly author: Author;
  /** Which part of the object is written: `status`; the object itself where left out. */
  readonly subresource?: string;
  /** Check and prepare everything, write nothing; resolves to what would have been stored. */
  readonly dryRun?: boolean;
  /**
   * The compiler has checked the object: it is completed, but not held against its schema. For controllers and nodes,
   * whose templates were checked when they came in. It spares nothing else: such a write is authorised and admitted
   * like any other.
   */
  readonly isChecked?: boolean;
}

/** What became of a write. */
export interface Written<T extends KubernetesObject = KubernetesObject> {
  /** As stored; for what is gone, as it was last; in a dry run, as it would be. */
  readonly object: T;
  /**
   * `unchanged`: the object said that already, nothing was written and its resourceVersion stays. `terminating`: its deletion
   * was asked for and something holds it yet.
   */
  readonly outcome: "created" | "changed" | "unchanged" | "deleted" | "terminating";
}

export interface DeleteOptions {
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
   * The name that the store knows a kind by, however it is called, or the kind of an object: `Pipeline` is
   * `Pipeline.classroom.k4s.dev`. Throws NotFound, or BadRequest where several kinds are called so.
   */
  nameOf<K extends KindName>(kind: K | Pick<KubernetesObject, "apiVersion" | "kind">): K;

  /**
   * Fails with AlreadyExists, Invalid, NotFound (namespace), Forbidden (namespace terminating). A name that is generated
   * never collides. Where no namespace is given it is `default`.
   */
  create<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<Written<T>>;

  /**
   * Replaces all but status; or, with the subresource `status`, the status, and annotations where they are given. Where
   * `metadata.resourceVersion` is given it must be the last: Conflict. A no-op writes nothing and keeps the
   * resourceVersion. Taking away the last finalizer of what is being deleted deletes it.
   */
  update<T extends KubernetesObject>(object: Draft<T>, request: Request): Promise<Written<T>>;

  /**
   * Reads, lets `change` make a new object, and updates; again from the start when another writer was faster. `change` may
   * return undefined, or what it got: then nothing is written.
   */
  modify<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    request: Request,
  ): Promise<Written<ObjectOf<K>>>;

  /**
   * Asks for deletion. Resolves to the object: gone, or with its deletionTimestamp while something holds it. Fails with
   * NotFound, Conflict (a precondition), Forbidden (a namespace the cluster needs).
   */
  delete<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    request: Request & DeleteOptions,
  ): Promise<Written<ObjectOf<K>>>;

  /** Puts a pod on a node: `spec.nodeName` and the condition PodScheduled in one write. Conflict if it has one, or goes. */
  bind(namespace: string, name: string, nodeName: string, request: Request): Promise<Pod>;

  /** Sets a namespace's `spec.finalizers`, and nothing else; with the last of them a namespace that is deleted goes. */
  finalize(name: string, finalizers: readonly string[], request: Request): Promise<Namespace>;
}

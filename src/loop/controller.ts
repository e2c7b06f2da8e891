/**
 * What a controller is. It is told which object to look at (a key), never what happened: it looks at the world as it is,
 * and does the least that brings it to what it should be. Run twice, it does nothing the second time. The loop that runs
 * it (loop.ts) sees to the rest: waking, one run per key at once, back-off, the resync each second, metrics.
 */
import type { Random } from "../outside/index.ts";
import type { Draft, KindName, KindReference, KubernetesObject, ObjectOf } from "../resources/index.ts";
import type { Change, DeleteOptions, ObjectKey, StoreListOptions, Writer } from "../store/index.ts";
import type { HealingAct } from "./events/index.ts";
import type { Outcome } from "./outcome.ts";
import type { Queue, WorkItem } from "./queue/index.ts";

/** In the place of a kind: all of them, those included that are defined at run time. No kind has this name. */
export const everyKind = "*";

/** Which keys a change concerns: data, so that a reader sees at the top of a file what wakes the controller. */
export interface Waker {
  /** The kind that is watched; all kinds where left out. */
  readonly kind?: KindName;
  /** Where no kind is given: only when an object was deleted, is being deleted, or has other owners than before. */
  readonly deletionsAndOwners?: boolean;
  keys(change: Change, reader: Reader): Iterable<ObjectKey>;
}

export interface Controller<K extends KindName = KindName> {
  /** The actor in history and the source of events: `replicaset-controller`. */
  readonly name: string;
  /** The user that it writes as; the service account of its name in kube-system where left out. */
  readonly writer?: Writer;
  /** The kind that it is in charge of, or several, or `everyKind`; a key names one object of them. */
  readonly kind: K | readonly K[];
  /** Which changes concern us, besides those of the kind itself. */
  readonly wokenBy: readonly Waker[];
  /**
   * Whether a run for the object may find something to do. Asked before an object of the kind is queued, so it must be cheap:
   * thousands are asked about in a second. `previous` is what it was before it changed; undefined where it did not (at the
   * start, at a resync). Where left out, every object concerns us at every change, the changes that we make ourselves included.
   */
  concerns?(object: ObjectOf<K>, previous: ObjectOf<K> | undefined, reader: Reader): boolean;
  /** How many keys are in flight at once, never one of them twice. Default 5, as in Kubernetes' controllers. */
  readonly concurrency?: number;
  /** In which order keys that wait are taken. Made once for each loop; the first that came where left out. */
  queue?(reader: Reader): Queue<WorkItem>;
  /** True where one run goes through many objects, each of which may wake us: then long runs are bounded (long-runs.ts). */
  readonly looksAtMany?: boolean;
  /** Called with the object as it is now. Not called for one that is gone, unless `gone` is there. */
  reconcile(object: ObjectOf<K>, world: World): Promise<Outcome>;
  gone?(key: ObjectKey, world: World): Promise<Outcome>;
}

/** Reads the world: what the store knows, at once, and what time it is. */
export interface Reader {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment in the past, by which durations are measured: it does not jump when the time of day is set. */
  elapsed(): number;
  get<N extends KindName>(kind: N, namespace: string, name: string): ObjectOf<N> | undefined;
  list<N extends KindName>(kind: N, options?: StoreListOptions): ObjectOf<N>[];
  /** What this object owns, of one kind. */
  ownedBy<N extends KindName>(owner: KubernetesObject, kind: N): ObjectOf<N>[];
  /** What this object owns, of all kinds. */
  dependents(owner: KubernetesObject): KubernetesObject[];
  byUid(uid: string): KubernetesObject | undefined;
  /** Where the object with this uid stands. */
  keyOf(uid: string): ObjectKey | undefined;
  /** Whether objects of this kind have a namespace; undefined where there is no such kind in this version. */
  scopeOf(reference: KindReference): "Namespaced" | "Cluster" | undefined;
}

/** The world as one run of a controller sees and changes it. Each write is signed with the controller and its cause. */
export interface World extends Reader {
  readonly random: Random;
  /** Resolves to the object as stored. What is there already is AlreadyExists. */
  create<T extends KubernetesObject>(draft: Draft<T>): Promise<T>;
  /**
   * Creates something at a part of the object: a Binding at a pod's `binding` puts it on a node, for good (Conflict if it has
   * one, or is going). Resolves to the object as it is then.
   */
  createAt<T extends KubernetesObject>(object: T, subresource: string, body: Draft): Promise<T>;
  /** Replaces all but status, or only a subresource (`status`, `finalize`); Conflict if the object changed since it was read. */
  update<T extends KubernetesObject>(object: T, options?: { readonly subresource?: string }): Promise<T>;
  /** Writes the status if it differs from the object's. */
  report<T extends KubernetesObject>(object: T, status: T["status"]): Promise<T>;
  /** Deletes that very object (its uid is a precondition). One that is gone already is fine. */
  delete(
    object: KubernetesObject,
    options?: Pick<DeleteOptions, "gracePeriodSeconds" | "propagationPolicy">,
  ): Promise<void>;
  /**
   * Records an Event about the object; a repeated one is counted up. `heals`: which act of healing it tells of; `source`: who
   * tells it, the controller's name where left out.
   */
  event(
    about: KubernetesObject,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    more?: { readonly heals?: HealingAct | undefined; readonly source?: string | undefined },
  ): void;
}

/** Gives a controller its shape; the kind's name types `reconcile`. */
export function controller<K extends KindName>(
  definition: Omit<Controller<K>, "name"> & { readonly name?: string },
): Controller<K> {
  return { name: `${[definition.kind].flat().join("-").toLowerCase()}-controller`, ...definition };
}

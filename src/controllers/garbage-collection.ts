/**
 * Garbage collection: what has owners does not outlive them. The tree is not walked from its root: each object is
 * looked at alone, and one of two questions is asked.
 *
 * - While it lives: is one of its owners still there? If not, it is deleted. An owner is meant by its uid, so a
 *   namesake that came later is no owner. When only some of several owners are gone, it forgets those and stays.
 * - While it is being deleted, if a finalizer says what is to become of what it owns:
 *   `orphan`: its dependents forget it first; then it goes alone, and they stay.
 *   `foregroundDeletion`: it waits until no dependent with `blockOwnerDeletion` is left. The dependents need not be told:
 *   they look up, see an owner that is leaving, and go. Those that own something themselves leave in the same manner.
 *   Neither (background, the usual way): it is gone at once, and its dependents find out.
 *
 * Owners may stand in a circle (A owns B, B owns A), and then each would wait for the other. An owner that waits for a
 * dependent that itself waits, over however many steps, for the same object does not wait for that one (Kubernetes lifts the
 * block of such a dependent when it is about to go).
 *
 * One controller does this for all kinds, those included that are defined at run time. The kinds take turns in its queue, so
 * that ten thousand pods that go do not keep a ReplicaSet waiting. An object whose owners are there costs one question. Unlike
 * Kubernetes' collector it keeps no graph: the store has an index of owners, and a write is seen by the next read.
 */
import { controller, everyKind, FairQueue, type Reader, settled, type Waker } from "../loop/index.ts";
import { isTerminating, type KubernetesObject, type OwnerReference } from "../resources/index.ts";
import type { ObjectKey } from "../store/index.ts";

/** What is to be written, in this order, and whether the object itself is to go. */
export interface Plan {
  readonly write: readonly KubernetesObject[];
  readonly remove?: "Background" | "Foreground";
  /** What is wrong with its owner references: told before they are acted on. */
  readonly warn?: readonly { readonly message: string }[];
}

const nothing: Plan = { write: [] };
const noKeys: readonly ObjectKey[] = [];

/** An owner that goes, or leaves in the foreground, wakes what it owns. */
const dependentsOfTheLeaving: Waker = {
  deletionsAndOwners: true,
  keys({ type, object, previous }, reader) {
    const beginsToLeave = isLeaving(object) && !(previous && isLeaving(previous));
    if (type !== "DELETED" && !beginsToLeave) return noKeys;
    return reader.dependents(object).flatMap(({ metadata }) => reader.keyOf(metadata.uid) ?? []);
  },
};

/** What goes, or is let go by an owner, wakes the owners that wait for it in the foreground. */
const ownersThatWait: Waker = {
  deletionsAndOwners: true,
  keys({ type, object, previous }, reader) {
    const before = previous?.metadata.ownerReferences;
    if (!before || (type !== "DELETED" && before === object.metadata.ownerReferences)) return noKeys;
    const owners = before.flatMap(({ uid }) => reader.byUid(uid) ?? []).filter(isLeaving);
    return owners.flatMap(({ metadata }) => reader.keyOf(metadata.uid) ?? []);
  },
};

export const garbageCollection = controller({
  name: "garbage-collector",
  kind: everyKind,
  wokenBy: [dependentsOfTheLeaving, ownersThatWait],
  concerns: mayGo,
  queue: () => new FairQueue(({ key }) => key.kind),
  async reconcile(object, world) {
    const plan = isTerminating(object) ? lookDown(object, world) : lookUp(object, world);
    for (const { message } of plan.warn ?? [])
      world.event(object, "Warning", "OwnerRefInvalidNamespace", message);
    for (const changed of plan.write) await world.update(changed);
    if (plan.remove) await world.delete(object, { propagationPolicy: plan.remove });
    return settled;
  },
});

/**
 * Whether there is a question: it is on its way out, and held; or it has owners, not those it had before, that do not keep it.
 */
function mayGo(object: KubernetesObject, previous: KubernetesObject | undefined, reader: Reader): boolean {
  const { ownerReferences, finalizers, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return finalizers !== undefined;
  if (ownerReferences === previous?.metadata.ownerReferences) return false;
  return lookUp(object, reader) !== nothing;
}

/** Whether one of its owners keeps it; where not, it goes. */
function lookUp(object: KubernetesObject, reader: Reader): Plan {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0) return nothing;
  const isKept = (reference: OwnerReference) =>
    keeps(ownerOf(object, reference, reader)) || cannotBeJudged(object, reference, reader);
  const kept = references.filter(isKept);
  if (kept.length === references.length) return nothing;
  const warn = references.filter(reference => isElsewhere(object, reference, reader));
  const plan = { write: [], warn: warn.map(reference => ({ message: invalidNamespace(object, reference) })) };
  if (kept.length > 0) return { ...plan, write: [withOwners(object, kept)] };
  const isAwaited = references.some(reference => ownerOf(object, reference, reader) !== undefined);
  const leavesInTurn = isAwaited && reader.dependents(object).length > 0;
  return { ...plan, remove: leavesInTurn ? "Foreground" : "Background" };
}

/** Whether it may go: what becomes first of what it owns. */
function lookDown(object: KubernetesObject, reader: Reader): Plan {
  const { uid, finalizers = [] } = object.metadata;
  if (finalizers.includes("orphan")) {
    const orphans = reader.dependents(object).map(dependent => withoutOwner(dependent, uid));
    return { write: [...orphans, withoutFinalizer(object, "orphan")] };
  }
  if (isLeaving(object) && !blockersOf(object, reader).some(blocker => !waitsFor(blocker, uid, reader)))
    return { write: [withoutFinalizer(object, "foregroundDeletion")] };
  return nothing;
}

/** The dependents that must be gone before an object may go that leaves in the foreground. */
function blockersOf(object: KubernetesObject, reader: Reader): KubernetesObject[] {
  return reader.dependents(object).filter(dependent => blocks(dependent, object.metadata.uid));
}

/** Whether the object is that one, or waits, directly or through others, for that one to go. */
function waitsFor(object: KubernetesObject, uid: string, reader: Reader, seen = new Set<string>()): boolean {
  if (object.metadata.uid === uid) return true;
  if (!isLeaving(object) || seen.has(object.metadata.uid)) return false;
  seen.add(object.metadata.uid);
  return blockersOf(object, reader).some(blocker => waitsFor(blocker, uid, reader, seen));
}

/**
 * An owner of which nothing can be said: its kind is not known here (yet), or it has a namespace and the object has none. As in
 * Kubernetes, what names such an owner is not collected because of it.
 */
function cannotBeJudged({ metadata }: KubernetesObject, reference: OwnerReference, reader: Reader): boolean {
  const scope = reader.scopeOf(reference);
  return scope === undefined || (scope === "Namespaced" && metadata.namespace === undefined);
}

/** An owner that is there, in another namespace: it owns nothing here. */
function isElsewhere(object: KubernetesObject, reference: OwnerReference, reader: Reader): boolean {
  return reader.byUid(reference.uid) !== undefined && ownerOf(object, reference, reader) === undefined;
}

/** Kubernetes' words. */
function invalidNamespace({ metadata }: KubernetesObject, { apiVersion, kind, name, uid }: OwnerReference) {
  const { namespace = "" } = metadata;
  const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
  return `ownerRef ${owner} does not exist in namespace ${JSON.stringify(namespace)}`;
}

/** The object that is referred to; what lives in another namespace owns nothing here. */
function ownerOf(
  { metadata }: KubernetesObject,
  { uid }: OwnerReference,
  reader: Reader,
): KubernetesObject | undefined {
  const owner = reader.byUid(uid);
  const reaches = owner && (owner.metadata.namespace ?? metadata.namespace) === metadata.namespace;
  return reaches ? owner : undefined;
}

function keeps(owner: KubernetesObject | undefined): boolean {
  return owner !== undefined && !isLeaving(owner);
}

/** In the foreground: going, and taking along what it owns. */
function isLeaving({ metadata }: KubernetesObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes("foregroundDeletion") ?? false)
  );
}

function blocks({ metadata }: KubernetesObject, ownerUid: string): boolean {
  return metadata.ownerReferences?.some(o => o.uid === ownerUid && o.blockOwnerDeletion) ?? false;
}

function withoutOwner(object: KubernetesObject, ownerUid: string): KubernetesObject {
  return withOwners(object, object.metadata.ownerReferences?.filter(({ uid }) => uid !== ownerUid) ?? []);
}

function withOwners(object: KubernetesObject, owners: readonly OwnerReference[]): KubernetesObject {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: owners.length > 0 ? { ...metadata, ownerReferences: owners } : metadata };
}

function withoutFinalizer(object: KubernetesObject, finalizer: string): KubernetesObject {
  const finalizers = object.metadata.finalizers?.filter(name => name !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

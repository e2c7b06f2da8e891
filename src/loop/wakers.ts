/**
 * What wakes a controller, as data: a table at the top of its file instead of handlers. A waker turns a change of one kind
 * into the keys of the objects it may concern. Waking once too often costs a run; waking too seldom is healed by the
 * resync, but only after a second.
 */
import { controllerOf, type KindName, type KubernetesObject, type ObjectOf } from "../resources/index.ts";
import type { Change, ObjectKey } from "../store/index.ts";
import type { Reader, Waker } from "./controller.ts";

const none: readonly never[] = [];

/** A waker whose function gets the objects as those of the kind that they are. */
export function waker<K extends KindName>(
  kind: K,
  keys: (change: Change<ObjectOf<K>>, reader: Reader) => Iterable<ObjectKey>,
): Waker {
  return { kind, keys: (change, reader) => keys(change as Change<ObjectOf<K>>, reader) };
}

/**
 * A change of a `kind` wakes the object of `ownerKind` that has it in charge, and the one that had it before. Most changes are of
 * others' objects, of a pod that a ReplicaSet made for all workloads but that one: these cost no more than the question.
 */
export function owned(kind: KindName, ownerKind: KindName): Waker {
  return {
    kind,
    keys({ object, previous }) {
      const { namespace } = object.metadata;
      const owner = controllerOf(object);
      const before = previous && controllerOf(previous);
      const isHandedOver = before !== undefined && before.uid !== owner?.uid && before.kind === ownerKind;
      if (owner?.kind !== ownerKind && !isHandedOver) return none;
      const keys = isHandedOver ? [keyOf(ownerKind, namespace, before.name)] : [];
      if (owner?.kind === ownerKind) keys.unshift(keyOf(ownerKind, namespace, owner.name));
      return keys;
    },
  };
}

/**
 * A change of a `kind` wakes every object of `wakes`, in its namespace, for which `concerns` holds before or after it. All of
 * them are asked, so `only` sorts out first, cheaply, what cannot concern any.
 */
export function concerning<K extends KindName, W extends KindName>(
  kind: K,
  wakes: W,
  concerns: (mine: ObjectOf<W>, changed: ObjectOf<K>) => boolean,
  only: (changed: KubernetesObject) => boolean = () => true,
): Waker {
  return waker(kind, function* ({ object, previous }, reader) {
    if (!only(object) && !(previous && only(previous))) return;
    for (const mine of reader.list(wakes, { namespace: object.metadata.namespace })) {
      if (concerns(mine, object) || (previous !== undefined && concerns(mine, previous)))
        yield keyOfObject(wakes, mine);
    }
  });
}

/** A change of a `kind` wakes the object of `wakes` that has the same name and namespace. */
export function namesake(kind: KindName, wakes: KindName): Waker {
  return {
    kind,
    *keys({ object: { metadata } }, reader) {
      const { namespace = "", name } = metadata;
      if (reader.get(wakes, namespace, name)) yield keyOf(wakes, namespace, name);
    },
  };
}

export function keyOf(kind: KindName, namespace: string | undefined, name: string): ObjectKey {
  return { kind, namespace: namespace ?? "", name };
}

export function keyOfObject(kind: KindName, { metadata }: KubernetesObject): ObjectKey {
  return keyOf(kind, metadata.namespace, metadata.name);
}

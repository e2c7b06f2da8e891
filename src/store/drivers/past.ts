/**
 * The world as it was: what the store held at an earlier revision, worked out from what it holds now by undoing the changes
 * since, the last first. It reaches as far back as history does, for each kind by itself.
 */
import {
  type KindName,
  type KubernetesObject,
  namespacedName,
  type ObjectOf,
} from "../../resources/index.ts";
import type { Change, Past, Stored, StoreListOptions } from "../store.ts";
import { selects } from "./selection.ts";

/** What is needed of a store. `after` fails with Expired where history does not reach back to the revision. */
export interface Present {
  all(kind: KindName): Iterable<Stored>;
  after(revision: number, kind: KindName): readonly Change[];
}

export function pastAt(revision: number, present: Present): Past {
  // What was worked out once stays, also where history does not reach back to it any more.
  const worked = new Map<KindName, ReadonlyMap<string, KubernetesObject>>();
  const objectsOf = (kind: KindName) => {
    const known = worked.get(kind);
    if (known) return known;
    const since = present.after(revision, kind).toReversed();
    const objects = new Map<string, KubernetesObject>();
    for (const { key, object } of present.all(kind)) objects.set(namespacedName(key), object);
    for (const { key, previous } of since) {
      if (previous) objects.set(namespacedName(key), previous);
      else objects.delete(namespacedName(key));
    }
    worked.set(kind, objects);
    return objects;
  };
  return {
    revision,
    get: <K extends KindName>(kind: K, namespace: string, name: string) =>
      objectsOf(kind).get(namespacedName({ namespace, name })) as ObjectOf<K> | undefined,
    list<K extends KindName>(kind: K, options: StoreListOptions = {}) {
      const isAskedFor = selects(options);
      const found = [...objectsOf(kind).values()].filter(object => isAskedFor?.(object) ?? true);
      return found.sort(byNamespaceAndName) as KubernetesObject[] as ObjectOf<K>[];
    },
  };
}

function byNamespaceAndName({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): number {
  return compare(a.namespace ?? "", b.namespace ?? "") || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

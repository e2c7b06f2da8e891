/**
 * What is used of a quota, kept from one write to the next: the first that asks counts all objects of the kind (usage.ts), each
 * later one adds and takes away what has changed since, so that a write costs as much as there were writes before it, not as
 * much as there are objects.
 *
 * The changes are read from the store's history when it is asked, instead of being waited for: a watcher that writes is
 * followed by another write before all watchers know of the first. Where history does not reach back, all are counted again.
 */
import { hasReason } from "../../errors/index.ts";
import {
  type Amounts,
  added,
  isTerminating,
  type KindDefinition,
  type KubernetesObject,
  type ResourceQuota,
  subtracted,
} from "../../resources/index.ts";
import type { StoreReader } from "../plugin.ts";
import { nowOf, takenBy, takenByAll } from "./usage.ts";

export type CountedReader = Pick<StoreReader, "list" | "changes" | "revision" | "now">;

interface Sum {
  /** Without regard to the time. */
  readonly used: Amounts;
  /** Those that are told to go, by uid: they take less once they are late. */
  readonly going: ReadonlyMap<string, KubernetesObject>;
  /** Every change up to this one is in it. */
  readonly revision: number;
}

/**
 * By kind and namespace, for each spec of a quota: one that is changed is another object, and what was kept for the one before
 * goes with it. Two stores may share a spec, so each has its own.
 */
const sums = new WeakMap<CountedReader, WeakMap<object, Map<string, Sum>>>();

/** What `usedIn` would count now. */
export function usedNow(
  namespace: string,
  kind: KindDefinition,
  quota: ResourceQuota,
  reader: CountedReader,
): Amounts {
  const kept = sumsOf(reader, quota);
  const key = `${kind.name} ${namespace}`;
  const sum = broughtUp(kept?.get(key), namespace, kind, quota, reader);
  kept?.set(key, sum);
  let { used } = sum;
  for (const object of sum.going.values()) {
    const [early, late] = [takenBy(object, kind, quota, 0), takenBy(object, kind, quota, nowOf(reader))];
    if (early && late && early.size !== late.size) used = added(subtracted(used, early), late);
  }
  return used;
}

function sumsOf(reader: CountedReader, { spec }: ResourceQuota): Map<string, Sum> | undefined {
  if (!spec) return undefined;
  const bySpec = sums.get(reader) ?? new WeakMap<object, Map<string, Sum>>();
  sums.set(reader, bySpec);
  const kept = bySpec.get(spec) ?? new Map<string, Sum>();
  bySpec.set(spec, kept);
  return kept;
}

function broughtUp(
  sum: Sum | undefined,
  namespace: string,
  kind: KindDefinition,
  quota: ResourceQuota,
  reader: CountedReader,
): Sum {
  if (!sum) return countedAnew(namespace, kind, quota, reader);
  try {
    let { used } = sum;
    const going = new Map(sum.going);
    for (const { type, object, previous } of reader.changes(kind.name, namespace, sum.revision)) {
      if (type === "DELETED") going.delete(object.metadata.uid);
      else if (isTerminating(object)) going.set(object.metadata.uid, object);
      const before = previous && takenBy(previous, kind, quota, 0);
      const after = type === "DELETED" ? undefined : takenBy(object, kind, quota, 0);
      if (before === after) continue;
      if (after) used = added(used, after);
      if (before) used = subtracted(used, before);
    }
    return { used, going, revision: reader.revision };
  } catch (error) {
    if (!hasReason(error, "Expired")) throw error;
    return countedAnew(namespace, kind, quota, reader);
  }
}

function countedAnew(
  namespace: string,
  kind: KindDefinition,
  quota: ResourceQuota,
  reader: CountedReader,
): Sum {
  const { revision } = reader;
  const objects = reader.list<string>(kind.name, { namespace });
  const going = new Map(objects.filter(isTerminating).map(each => [each.metadata.uid, each]));
  return { used: takenByAll(objects, kind, quota, 0), going, revision };
}

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
  type KindDefinition,
  type ResourceQuota,
  subtracted,
} from "../../resources/index.ts";
import type { StoreReader } from "../plugin.ts";
import { takenBy, usedIn } from "./usage.ts";

export type CountedReader = Pick<StoreReader, "list" | "changes" | "revision">;

interface Sum {
  readonly used: Amounts;
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
  const used = broughtUp(kept?.get(key), namespace, kind, quota, reader);
  kept?.set(key, { used, revision: reader.revision });
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
): Amounts {
  if (!sum) return usedIn(namespace, kind, quota, reader);
  try {
    let { used } = sum;
    for (const { type, object, previous } of reader.changes(kind.name, namespace, sum.revision)) {
      const before = previous && takenBy(previous, kind, quota);
      const after = type === "DELETED" ? undefined : takenBy(object, kind, quota);
      if (before === after) continue;
      if (after) used = added(used, after);
      if (before) used = subtracted(used, before);
    }
    return used;
  } catch (error) {
    if (!hasReason(error, "Expired")) throw error;
    return usedIn(namespace, kind, quota, reader);
  }
}

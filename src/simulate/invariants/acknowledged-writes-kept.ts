/** What a user was told of a write is so: it is among what the store has told, and nothing but another write takes it away. */
import type { MakeInvariant, Seen } from "../invariant.ts";
import { type Acknowledged, valueKey } from "../ledger.ts";

export const acknowledgedWritesKept: MakeInvariant = () => {
  let looked = 0;
  /** By name, the last one. */
  const last = new Map<string, Acknowledged>();
  const lost = ({ name, value, resourceVersion, uid }: Acknowledged, { record }: Seen) => {
    const found = record.get("ConfigMap", "default", name);
    if (value === undefined)
      return found?.metadata.uid === uid ? `${name} is there, whose deletion was acknowledged` : undefined;
    if (!found) {
      const deletedAt = record.deletedAt("ConfigMap", "default", name) ?? 0;
      if (deletedAt > Number(resourceVersion)) return undefined;
      return `${name} is not there, of which ${value} was acknowledged at ${resourceVersion}`;
    }
    const at = Number(found.metadata.resourceVersion);
    if (at > Number(resourceVersion)) return undefined;
    const now = found.data?.[valueKey];
    if (at === Number(resourceVersion) && now === value) return undefined;
    return `${name} has ${now} of ${at}, and ${value} was acknowledged at ${resourceVersion}`;
  };
  return {
    name: "no acknowledged write is lost",
    stepped(seen) {
      for (const each of seen.ledger.acknowledged.slice(looked)) {
        const before = last.get(each.name);
        // Two requests may be answered in another order than they were done.
        if (!before || Number(before.resourceVersion) <= Number(each.resourceVersion))
          last.set(each.name, each);
      }
      looked = seen.ledger.acknowledged.length;
      for (const each of last.values()) {
        const problem = lost(each, seen);
        if (problem) return problem;
      }
      return undefined;
    },
  };
};

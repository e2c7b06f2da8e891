/** What is being deleted goes, unless a finalizer of somebody outside holds it; and what is owned by nobody that is there any more, too. */
import type { MakeInvariant } from "../invariant.ts";

/** What a user of the play has put on. */
export const heldByUser = "play.k4s.dev/held";

export const deletedGoes: MakeInvariant = () => ({
  name: "what is deleted goes",
  settled({ record }) {
    const uids = new Set([...record.all()].map(({ metadata }) => metadata.uid));
    for (const { kind, metadata } of record.all()) {
      const { name, deletionTimestamp, finalizers = [], ownerReferences = [] } = metadata;
      if (deletionTimestamp !== undefined && !finalizers.includes(heldByUser))
        return `${kind} ${name} is being deleted since ${deletionTimestamp} (${finalizers.join(", ")})`;
      if (ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !uids.has(uid)))
        return `${kind} ${name} is there, and its owner ${ownerReferences[0]?.kind} ${ownerReferences[0]?.name} is not`;
    }
    return undefined;
  },
});

/** What is being deleted goes, unless a finalizer of somebody outside holds it, or a volume is bound still, as in Kubernetes; and what is owned by nobody that is there any more, too. */
import type { MakeInvariant } from "../invariant.ts";

/** What a user of the play has put on. */
export const heldByUser = "play.k4s.dev/held";

export const deletedGoes: MakeInvariant = () => ({
  name: "what is deleted goes",
  settled({ record }) {
    const bound = new Set(record.list("PersistentVolumeClaim").map(({ spec }) => spec?.volumeName));
    const uids = new Set([...record.all()].map(({ metadata }) => metadata.uid));
    for (const { kind, metadata } of record.all()) {
      const { name, deletionTimestamp, finalizers = [], ownerReferences = [] } = metadata;
      const isHeld = finalizers.includes(heldByUser) || (kind === "PersistentVolume" && bound.has(name));
      if (deletionTimestamp !== undefined && !isHeld)
        return `${kind} ${name} is being deleted since ${deletionTimestamp} (${finalizers.join(", ")})`;
      if (ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !uids.has(uid)))
        return `${kind} ${name} is there, and its owner ${ownerReferences[0]?.kind} ${ownerReferences[0]?.name} is not`;
    }
    return undefined;
  },
});

/** VolumeRestrictions: a claim with the access mode ReadWriteOncePod is one pod's alone, on whichever node. */
import { hasEnded } from "../../resources/index.ts";
import { hasClaims, volumesOf } from "../claims.ts";
import { hint, type Plugin, type Refusal } from "../framework.ts";

const inUse: Refusal = {
  reasons: [
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
  ],
  isFinal: false,
};

export function volumeRestrictions(): Plugin {
  return {
    name: "VolumeRestrictions",
    preFilter(pod, { snapshot, store }) {
      if (!hasClaims(pod)) return undefined;
      const exclusive = volumesOf(pod, store)
        .filter(({ claim }) => claim.spec?.accessModes?.includes("ReadWriteOncePod"))
        .map(({ claim }) => claim.metadata.name);
      if (exclusive.length === 0) return undefined;
      const { namespace = "" } = pod.metadata;
      // Asked anew each time: preemption asks what would be if a pod were gone.
      const isUsed = () => exclusive.some(name => snapshot.isClaimUsed(namespace, name));
      return { filter: () => (isUsed() ? inUse : undefined) };
    },
    hints: [
      hint("Pod", (pod, { type, object, previous }) => {
        const isOver = type === "DELETED" || hasEnded(object);
        const isNear = object.metadata.namespace === pod.metadata.namespace;
        return isOver && isNear && previous !== undefined && hasClaims(previous);
      }),
      hint("PersistentVolumeClaim", (_, { type }) => type === "ADDED"),
    ],
  };
}

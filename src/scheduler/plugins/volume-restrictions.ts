/** VolumeRestrictions: a claim with the access mode ReadWriteOncePod is one pod's alone, on whichever node. */
import { hasEnded, type Pod } from "../../resources/index.ts";
import { claimsOf, hasClaims, usesClaim, volumesOf } from "../claims.ts";
import { namesOf } from "../explain.ts";
import { hint, type Look, type Plugin, type Refusal } from "../framework.ts";

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
      const exclusive = exclusiveClaimsOf(pod, store);
      if (exclusive.length === 0) return undefined;
      const { namespace = "" } = pod.metadata;
      // Asked anew each time: preemption asks what would be if a pod were gone.
      const isUsed = () => exclusive.some(name => snapshot.isClaimUsed(namespace, name));
      return { filter: () => (isUsed() ? inUse : undefined) };
    },
    remedies(pod, { snapshot, store }) {
      const taken = exclusiveClaimsOf(pod, store).flatMap(name => {
        const users = snapshot.nodeInfos.flatMap(({ pods }) =>
          [...pods.values()].filter(other => uses(other, name, pod.metadata.namespace)),
        );
        return users.length > 0
          ? [`the claim ${name} (ReadWriteOncePod) is free, which ${namesOf(users)} has`]
          : [];
      });
      return () => taken;
    },
    hints: [
      hint("Pod", (pod, { type, object, previous }) => {
        const isOver = type === "DELETED" || hasEnded(object);
        const { namespace } = object.metadata;
        return (
          isOver &&
          previous !== undefined &&
          claimsOf(previous).some(({ name }) => uses(pod, name, namespace))
        );
      }),
      hint("PersistentVolumeClaim", (pod, { type, object }) => type === "ADDED" && usesClaim(pod, object)),
    ],
  };
}

function exclusiveClaimsOf(pod: Pod, store: Look["store"]): string[] {
  return volumesOf(pod, store)
    .filter(({ claim }) => claim.spec?.accessModes?.includes("ReadWriteOncePod"))
    .map(({ claim }) => claim.metadata.name);
}

function uses(pod: Pod, claim: string, namespace: string | undefined): boolean {
  return pod.metadata.namespace === namespace && claimsOf(pod).some(({ name }) => name === claim);
}

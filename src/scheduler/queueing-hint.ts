/**
 * The queueing hint: whether a change may make a pod schedulable that was not. Kubernetes has one for each plugin and kind;
 * here one function speaks for all plugins.
 */
import { hasEnded, isSame, type Node, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";

/** Kinds of which any change may give a pod the volume that it waits for. */
export const volumeKinds = ["PersistentVolumeClaim", "PersistentVolume", "StorageClass"] as const;

/** A pod gave back its room, a node came or became another, or a volume may be there. */
export function queueingHint({ type, key, object, previous }: Change): boolean {
  if (key.kind === "Pod") {
    const tookRoom = previous !== undefined && takesRoom(previous as Pod);
    return tookRoom && (type === "DELETED" || !takesRoom(object as Pod));
  }
  if (volumeKinds.some(kind => kind === key.kind)) return type !== "DELETED";
  if (key.kind !== "Node" || type === "DELETED") return false;
  const before = previous as Node | undefined;
  const node = object as Node;
  // A heartbeat makes nothing schedulable.
  return (
    before?.spec !== node.spec ||
    before?.metadata.labels !== node.metadata.labels ||
    !isSame(before?.status?.allocatable, node.status?.allocatable)
  );
}

/** Bound, and not ended. */
function takesRoom(pod: Pod): boolean {
  return pod.spec.nodeName !== undefined && !hasEnded(pod);
}

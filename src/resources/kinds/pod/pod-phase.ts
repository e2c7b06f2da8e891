/** A pod's phase, the shortest summary of where it is in its life, of which two are final; and whether a node can do without the pod. */
import type { Pod } from "../../generated/kubernetes.gen.ts";

/** Whether the pod has run to its end: nothing of it runs, and nothing will. */
export function hasEnded({ status }: Pick<Pod, "status">): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** From this priority on a pod is critical: that of `system-cluster-critical`. */
export const criticalPriority = 2_000_000_000;

/** Whether the node cannot do without it: it ends after the others when the node shuts down, and is not evicted for what it uses. */
export function isCritical({ spec }: Pick<Pod, "spec">): boolean {
  return (spec.priority ?? 0) >= criticalPriority;
}

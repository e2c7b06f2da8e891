/** A pod's phase: the shortest summary of where it is in its life. Two of the phases are final. */
import type { Pod } from "../../generated/kubernetes.gen.ts";

/** Whether the pod has run to its end: nothing of it runs, and nothing will. */
export function hasEnded({ status }: Pick<Pod, "status">): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

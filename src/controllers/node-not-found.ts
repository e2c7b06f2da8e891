/**
 * How it stands on a pod that it names a node that does not exist: pod-garbage-collection.ts writes it into the condition `Ready`, and
 * what has the pod in charge passes it on.
 */
import { conditionOf, type Pod } from "../resources/index.ts";

/** The reason of the condition `Ready`, and of the event, of a pod whose node does not exist. */
export const nodeNotFound = "NodeNotFound";

/** Whether the pod's node is known not to exist; then with the sentence that says so. */
export function nodeNotFoundOn(pod: Pod): string | undefined {
  const ready = conditionOf(pod, "Ready");
  return ready?.reason === nodeNotFound ? ready.message : undefined;
}

/**
 * The condition DisruptionTarget, as controllers write it that are about to delete a pod: it tells a Job that the pod did not fail
 * by itself. Where the deletion does not follow, stale-disruption-target.ts takes it back.
 */
import { type Pod, type PodCondition, withDisruptionTarget } from "../resources/index.ts";

/** The conditions of the pod, which is about to be deleted; `now` in milliseconds since 1970. */
export function disruptedConditions(
  { metadata: { generation: observedGeneration }, status }: Pod,
  why: { readonly reason: string; readonly message: string },
  now: number,
): readonly PodCondition[] {
  return withDisruptionTarget(status?.conditions, { ...why, observedGeneration }, now);
}

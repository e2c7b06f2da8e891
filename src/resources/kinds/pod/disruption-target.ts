/**
 * The condition DisruptionTarget, by which a pod says that it is to go through no fault of its own, and why. Whoever sends it off writes
 * it a moment before: an eviction, a taint, a more important pod, the garbage collection of pods, a node that shuts down.
 */
import { withCondition } from "../../conditions.ts";
import type { PodCondition } from "../../generated/kubernetes.gen.ts";

export const disruptionTarget = "DisruptionTarget";

export interface Disruption {
  readonly reason: string;
  readonly message: string;
  /** Of the pod, where who writes says which one it has seen. */
  readonly observedGeneration?: number | undefined;
}

/** The conditions with that one; `now` in milliseconds since 1970. */
export function withDisruptionTarget(
  conditions: readonly PodCondition[] | undefined,
  { reason, message, observedGeneration }: Disruption,
  now: number,
): readonly PodCondition[] {
  const generation = observedGeneration === undefined ? {} : { observedGeneration };
  const condition = { type: disruptionTarget, status: "True", reason, message, ...generation } as const;
  return withCondition<PodCondition>(conditions, condition, now);
}

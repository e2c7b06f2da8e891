/**
 * The condition by which a PodDisruptionBudget says whether a pod may go now. Two write it: the controller that counts
 * (controllers/disruption-budget/disruption-budget.ts), and each eviction that takes one of those that may go (pod/pod-eviction.ts).
 */
import { withCondition } from "../conditions.ts";
import type { Condition, PodDisruptionBudgetStatus } from "../generated/kubernetes.gen.ts";

/** The status with that condition as its own numbers have it; `now` in milliseconds since 1970. */
export function withDisruptionAllowed(
  status: PodDisruptionBudgetStatus,
  now: number,
): PodDisruptionBudgetStatus {
  const { disruptionsAllowed, observedGeneration, conditions } = status;
  const condition = {
    type: "DisruptionAllowed",
    status: disruptionsAllowed > 0 ? "True" : "False",
    reason: disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  return { ...status, conditions: withCondition<Condition>(conditions, condition, now) };
}

/**
 * The condition DisruptionTarget (resources/kinds/pod/disruption-target.ts) is written a moment before the pod is deleted.
 * Where the deletion does not follow (what asked for it was interrupted), the controller here takes it back after two minutes, as the
 * disruption controller of Kubernetes does: it decides how a Job counts the pod when it fails later.
 */
import { again, controller, settled } from "../loop/index.ts";
import {
  conditionOf,
  disruptionTarget,
  hasEnded,
  isTerminating,
  type Pod,
  type PodCondition,
  withCondition,
} from "../resources/index.ts";

/** How long its deletion may take to follow, in milliseconds. */
const staleAfterMs = 120_000;

export const staleDisruptionTarget = controller({
  name: "disruption-controller",
  kind: "Pod",
  wokenBy: [],
  concerns: pod => staleAt(pod) !== undefined,
  async reconcile(pod, world) {
    const at = staleAt(pod);
    if (at === undefined) return settled;
    const now = world.now();
    if (at > now) return again(at - now);
    const condition = {
      type: disruptionTarget,
      status: "False",
      observedGeneration: pod.metadata.generation,
    };
    const conditions = withCondition<PodCondition>(pod.status?.conditions, condition, now);
    await world.report(pod, { ...pod.status, conditions });
    return settled;
  },
});

/**
 * When the condition is to be taken back, in milliseconds since 1970; undefined where it is not there, or stays. A node may take
 * any time to end a pod that it has marked.
 */
function staleAt(pod: Pod): number | undefined {
  const condition = conditionOf<PodCondition>(pod, disruptionTarget);
  if (condition?.status !== "True" || condition.reason === "TerminationByKubelet") return undefined;
  if (isTerminating(pod) || hasEnded(pod)) return undefined;
  return (Date.parse(condition.lastTransitionTime ?? "") || 0) + staleAfterMs;
}

/**
 * An Eviction asks that a pod be deleted, unless a PodDisruptionBudget forbids it: it is created at `pods/NAME/eviction`.
 * What a budget still allows is what its controller has written into its status; the texts are those of Kubernetes'
 * `pkg/registry/core/pod/storage/eviction.go`. It writes nothing into that status (`disruptedPods` in Kubernetes): the condition
 * `DisruptionTarget` of the pod tells the evictions after it as much.
 */
import { ApiError } from "../../../errors/index.ts";
import { isTrue, withCondition } from "../../conditions.ts";
import { bodyKind, type Subresource } from "../../definition/index.ts";
import type { Eviction, Pod, PodDisruptionBudget } from "../../generated/kubernetes.gen.ts";
import { definition } from "../../schema/index.ts";
import { matchesSelector } from "../../selectors/index.ts";
import { hasEnded } from "./pod-phase.ts";

export const podEviction: Subresource<Pod> = {
  name: "eviction",
  verbs: ["create"],
  as: { group: "policy", version: "v1", kind: "Eviction" },
  body: bodyKind("policy/v1", "Eviction", () => definition("Eviction")),
  create(pod, _, now) {
    if (hasEnded(pod) || pod.metadata.deletionTimestamp !== undefined) return pod;
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    } as const;
    const conditions = withCondition(pod.status?.conditions, condition, Date.parse(now));
    return { ...pod, status: { ...pod.status, conditions } };
  },
  deletion(pod, given, list) {
    const { deleteOptions = {} } = given as Eviction;
    const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = deleteOptions;
    // What does not run yet, or no longer, or goes already, is missed by no budget.
    const isFree =
      hasEnded(pod) || pod.status?.phase === "Pending" || pod.metadata.deletionTimestamp !== undefined;
    if (!isFree)
      assertAllowed(pod, list("PodDisruptionBudget") as PodDisruptionBudget[], () => list("Pod") as Pod[]);
    return {
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      ...(propagationPolicy !== undefined && { propagationPolicy }),
      ...(preconditions && { preconditions }),
      ...(dryRun?.includes("All") && { dryRun: true }),
    };
  },
};

function assertAllowed(pod: Pod, budgets: readonly PodDisruptionBudget[], pods: () => readonly Pod[]): void {
  const concerned = budgets.filter(budget => guards(budget, pod));
  const [budget, another] = concerned;
  if (!budget) return;
  if (another) {
    const problem =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new ApiError("InternalError", problem);
  }
  const { metadata, status } = budget;
  if (!isTrue(pod, "Ready") && letsUnreadyGo(budget)) return;
  const { observedGeneration = 0, disruptionsAllowed = 0, desiredHealthy, currentHealthy = 0 } = status ?? {};
  if (observedGeneration < (metadata.generation ?? 0))
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`);
  // The status is written later than what it counts: of several evictions at once each has to see those before it.
  const healthy =
    disruptionsAllowed > 0
      ? pods().filter(each => guards(budget, each) && isHealthy(each)).length
      : currentHealthy;
  if (disruptionsAllowed > Math.max(0, currentHealthy - healthy)) return;
  throw refused(
    `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${Math.min(currentHealthy, healthy)} currently`,
  );
}

/** A pod that is not ready is healthy to no budget: without it there are as many as before, and nothing is used up. */
function letsUnreadyGo({ spec, status }: PodDisruptionBudget): boolean {
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  return (
    spec?.unhealthyPodEvictionPolicy === "AlwaysAllow" ||
    (desiredHealthy > 0 && currentHealthy >= desiredHealthy)
  );
}

/** An empty selector guards all pods of the namespace; none guards none. */
function guards({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  const isNear = metadata.namespace === pod.metadata.namespace;
  return isNear && spec?.selector !== undefined && matchesSelector(spec.selector, pod.metadata.labels);
}

/** Neither on its way out, nor about to be. */
function isHealthy(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined && isTrue(pod, "Ready") && !isTrue(pod, "DisruptionTarget")
  );
}

function refused(message: string): ApiError {
  const problem = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError("TooManyRequests", problem, {
    causes: [{ reason: "DisruptionBudget", message, field: "" }],
  });
}

/**
 * An Eviction asks that a pod be deleted, unless a PodDisruptionBudget forbids it: it is created at `pods/NAME/eviction`.
 * Three writes follow, as in Kubernetes' `pkg/registry/core/pod/storage/eviction.go`, whose texts these are: the budget notes the
 * pod and allows one less (its controller, controllers/disruption-budget/disruption-budget.ts, takes the note away when the pod goes), the pod says why
 * it goes, and it is deleted. What a budget allows is what its status says; of several evictions at once each sees the notes before it.
 */
import { ApiError } from "../../../errors/index.ts";
import { isTrue } from "../../conditions.ts";
import { bodyKind, type Subresource } from "../../definition/index.ts";
import type { Eviction, Pod, PodDisruptionBudget } from "../../generated/kubernetes.gen.ts";
import { definition } from "../../schema/index.ts";
import { withDisruptionAllowed } from "../disruption-allowed.ts";
import { guards } from "../guarded-pods.ts";
import { withDisruptionTarget } from "./disruption-target.ts";
import { hasEnded } from "./pod-phase.ts";

/** A budget that notes more pods than this, which its controller has not seen go, allows no more. */
const mostDisrupted = 2000;

export const podEviction: Subresource<Pod> = {
  name: "eviction",
  verbs: ["create"],
  as: { group: "policy", version: "v1", kind: "Eviction" },
  body: bodyKind("policy/v1", "Eviction", () => definition("Eviction")),
  create(pod, _, now) {
    const why = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };
    const conditions = withDisruptionTarget(pod.status?.conditions, why, Date.parse(now));
    return { ...pod, status: { ...pod.status, conditions } };
  },
  deletion(pod, given, list) {
    const { deleteOptions = {} } = given as Eviction;
    const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = deleteOptions;
    const budget = budgetOf(pod, list);
    return {
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      ...(propagationPolicy !== undefined && { propagationPolicy }),
      ...(preconditions && { preconditions }),
      ...(dryRun?.includes("All") && { dryRun: true }),
      ...(budget && {
        allowedBy: {
          kind: "PodDisruptionBudget",
          name: budget.metadata.name,
          noted: (last, now) => noted(last as PodDisruptionBudget, pod, now),
        },
      }),
    };
  },
};

/** The budget that has to allow it; undefined where none has to. */
function budgetOf(pod: Pod, list: (kind: string) => readonly unknown[]): PodDisruptionBudget | undefined {
  // What does not run yet, or no longer, or goes already, is missed by no budget.
  if (hasEnded(pod) || pod.status?.phase === "Pending" || pod.metadata.deletionTimestamp !== undefined)
    return undefined;
  const budgets = list("PodDisruptionBudget") as readonly PodDisruptionBudget[];
  const [budget, another] = budgets.filter(each => guards(each, pod));
  if (another) {
    const problem =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new ApiError("InternalError", problem);
  }
  return budget && (isTrue(pod, "Ready") || !letsUnreadyGo(budget)) ? budget : undefined;
}

/** The budget with this pod among those that go. Throws TooManyRequests where it allows none. */
function noted(budget: PodDisruptionBudget, pod: Pod, now: string): PodDisruptionBudget {
  const { metadata, status } = budget;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status ?? {};
  if (!status || observedGeneration < (metadata.generation ?? 0))
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  if (Object.keys(disruptedPods).length > mostDisrupted) {
    const problem = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    throw new ApiError("Forbidden", `poddisruptionbudget.policy "${metadata.name}" is forbidden: ${problem}`);
  }
  if (disruptionsAllowed === 0) throw refused(whyNone(budget));
  const left = {
    ...status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [pod.metadata.name]: now },
  };
  return { ...budget, status: disruptionsAllowed > 1 ? left : withDisruptionAllowed(left, Date.parse(now)) };
}

/** A pod that is not ready is healthy to no budget: without it there are as many as before, and nothing is used up. */
function letsUnreadyGo({ spec, status }: PodDisruptionBudget): boolean {
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  return (
    spec?.unhealthyPodEvictionPolicy === "AlwaysAllow" ||
    (desiredHealthy > 0 && currentHealthy >= desiredHealthy)
  );
}

/** Where its controller could not count, the numbers tell nothing. */
function whyNone({ metadata: { name }, status }: PodDisruptionBudget): string {
  const { currentHealthy = 0, desiredHealthy = 0, conditions = [] } = status ?? {};
  const { reason = "", message = "" } =
    conditions.find(({ type, status: is }) => type === "DisruptionAllowed" && is === "False") ?? {};
  const refusal = `The disruption budget ${name} does not allow evicting pods currently`;
  if (message && reason === "SyncFailed") return `${refusal} because it failed sync: ${message}`;
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return message ? `${refusal} (${reason}): ${message}` : refusal;
}

function refused(message: string, retryAfterSeconds?: number): ApiError {
  const problem = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError("TooManyRequests", problem, {
    causes: [{ reason: "DisruptionBudget", message, field: "" }],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

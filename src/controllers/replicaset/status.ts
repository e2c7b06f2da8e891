/**
 * What a ReplicaSet reports: counts of what was seen, and a condition for what stands in the way. Computed each time from
 * the children, never counted up or down.
 */
import type { ApiError } from "../../errors/index.ts";
import { again, type Outcome, settled } from "../../loop/index.ts";
import {
  conditionOf,
  isTerminating,
  matchesLabels,
  type ReplicaSet,
  type ReplicaSetCondition,
  type ReplicaSetStatus,
  withCondition,
} from "../../resources/index.ts";
import { availableInMs, type Child, isActive, isReady } from "../availability.ts";
import { nodeNotFoundOn } from "../node-not-found.ts";
import { nonZero } from "../non-zero.ts";
import type { Template } from "./template.ts";

const replicaFailure = "ReplicaFailure";

/** The status, with Kubernetes' habit of leaving out the counts that are zero. */
export function statusOf(
  set: ReplicaSet,
  template: Template,
  children: readonly Child[],
  failure: ApiError | undefined,
  now: number,
): ReplicaSetStatus {
  const labels = set.spec.template?.metadata?.labels;
  let stranded: string | undefined;
  const counts = { active: 0, labelled: 0, ready: 0, available: 0, terminating: 0 };
  // One pass: a set may have ten thousand of them.
  for (const child of children) {
    if (isTerminating(child)) counts.terminating++;
    if (!isActive(child)) continue;
    counts.active++;
    if (matchesLabels(labels, child.metadata.labels)) counts.labelled++;
    if (!isReady(child)) {
      stranded ??= nodeNotFoundFor(child);
      continue;
    }
    counts.ready++;
    if (availableInMs(child, set.spec.minReadySeconds, now) === 0) counts.available++;
  }
  const status: ReplicaSetStatus = {
    replicas: counts.active,
    ...nonZero("fullyLabeledReplicas", counts.labelled),
    ...nonZero("readyReplicas", counts.ready),
    ...nonZero("availableReplicas", counts.available),
    terminatingReplicas: counts.terminating,
    observedGeneration: set.metadata.generation,
  };
  const condition = failureCondition(template, failure, stranded);
  const conditions = set.status?.conditions;
  if (!condition) {
    // What others say of it stays.
    const others = conditions?.filter(({ type }) => type !== replicaFailure) ?? [];
    return others.length === 0 ? status : { ...status, conditions: others };
  }
  const known = conditionOf<ReplicaSetCondition>(set, condition.type);
  // What failed first stands there, as in Kubernetes: each further try would be a write, for another name.
  const isKnown = known?.status === condition.status && known.reason === condition.reason;
  return { ...status, conditions: isKnown ? conditions : withCondition(conditions, condition, now) };
}

/** Look again when the next child has been ready for `minReadySeconds`. */
export function untilAvailable(set: ReplicaSet, children: readonly Child[], now: number): Outcome {
  if (!set.spec.minReadySeconds) return settled;
  const waits = children
    .filter(isReady)
    .map(child => availableInMs(child, set.spec.minReadySeconds, now))
    .filter(ms => ms > 0);
  return waits.length > 0 ? again(Math.min(...waits)) : settled;
}

/** The sentence that says that the child names a node that does not exist. */
function nodeNotFoundFor(child: Child): string | undefined {
  if (child.kind === "Pod") return nodeNotFoundOn(child);
  return child.status?.reason === "NodeNotFound" ? child.status.message : undefined;
}

function failureCondition(
  template: Template,
  failure: ApiError | undefined,
  stranded: string | undefined,
): ReplicaSetCondition | undefined {
  const failed = (reason: string, message: string) =>
    ({ type: replicaFailure, status: "True", reason, message }) as const;
  if (failure) return failed("FailedCreate", failure.message);
  if ("missing" in template) return failed("TemplateNotFound", template.missing);
  return stranded === undefined ? undefined : failed("NodeNotFound", stranded);
}

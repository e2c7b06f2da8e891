/**
 * What a Deployment reports: the counts of its sets, whether enough pods are available, and how its roll-out goes.
 * `Progressing` is what `kubectl rollout status` reads: true while something moves, false where nothing moved for
 * `progressDeadlineSeconds`.
 */
import { timestamp } from "../../outside/index.ts";
import {
  conditionOf,
  type Deployment,
  type DeploymentCondition,
  type DeploymentStatus,
  type ReplicaSet,
  withoutCondition,
} from "../../resources/index.ts";
import { nonZero } from "../non-zero.ts";
import type { Revisions } from "./revisions.ts";
import { availableOf, maxUnavailable, replicasOf, totalOf } from "./sizes.ts";

/** A deadline that is none: Kubernetes' highest number means that there is no limit. */
const noLimit = 2 ** 31 - 1;

/** The counts, and whether enough pods are available. */
export function countsOf(
  deployment: Deployment,
  { current, others }: Revisions,
  now: number,
): DeploymentStatus {
  const { metadata, status = {} } = deployment;
  const all = current ? [...others, current] : others;
  const available = availableOf(all);
  const unavailable = Math.max(0, totalOf(all) - available);
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const { conditions, collisionCount } = status;
  const sum = (count: (set: ReplicaSet) => number | undefined, sets = all) =>
    sets.reduce((total, set) => total + (count(set) ?? 0), 0);
  return {
    observedGeneration: metadata.generation,
    ...nonZero(
      "replicas",
      sum(set => set.status?.replicas),
    ),
    ...nonZero("updatedReplicas", current?.status?.replicas ?? 0),
    ...nonZero(
      "readyReplicas",
      sum(set => set.status?.readyReplicas),
    ),
    ...nonZero("availableReplicas", available),
    ...nonZero("unavailableReplicas", unavailable),
    terminatingReplicas: sum(set => set.status?.terminatingReplicas),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withChanged(
      conditions,
      enough
        ? ["Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."]
        : [
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
          ],
      now,
    ),
  };
}

/** The counts, and how the roll-out goes. */
export function rolloutStatusOf(deployment: Deployment, revisions: Revisions, now: number): DeploymentStatus {
  const counts = countsOf(deployment, revisions, now);
  const failure = failureOf(revisions);
  const progressed = { ...counts, conditions: progress(deployment, revisions, counts, now) };
  const conditions = failure
    ? withChanged(progressed.conditions, failure, now)
    : withoutCondition(progressed.conditions, "ReplicaFailure");
  return { ...progressed, conditions };
}

function progress(
  deployment: Deployment,
  { current }: Revisions,
  counts: DeploymentStatus,
  now: number,
): readonly DeploymentCondition[] {
  const { conditions = [] } = counts;
  if (!hasDeadline(deployment)) return withoutCondition(conditions, "Progressing");
  const known = conditionOf<DeploymentCondition>(deployment, "Progressing");
  const isAllNew = (counts.replicas ?? 0) === (counts.updatedReplicas ?? 0);
  if (isAllNew && known?.reason === "NewReplicaSetAvailable") return conditions;
  const what = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, counts)) {
    const message = `${what} has successfully progressed.`;
    return withChanged(conditions, ["Progressing", "True", "NewReplicaSetAvailable", message], now);
  }
  if (hasMoved(deployment.status ?? {}, counts)) {
    const since = known?.status === "True" ? known.lastTransitionTime : undefined;
    const message = `${what} is progressing.`;
    const others = withoutCondition(conditions, "Progressing");
    return withChanged(others, ["Progressing", "True", "ReplicaSetUpdated", message], now, since);
  }
  if (isOverdue(deployment, now)) {
    const message = `${what} has timed out progressing.`;
    return withChanged(conditions, ["Progressing", "False", "ProgressDeadlineExceeded", message], now);
  }
  return conditions;
}

/** All pods are of the new template, available, and no others are left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = replicasOf(deployment);
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const isAllThere = updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
  return isAllThere && observedGeneration >= (deployment.metadata.generation ?? 0);
}

function hasMoved(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const { updatedReplicas = 0, replicas = 0, readyReplicas = 0, availableReplicas = 0 } = after;
  return (
    updatedReplicas > (before.updatedReplicas ?? 0) ||
    replicas - updatedReplicas < (before.replicas ?? 0) - (before.updatedReplicas ?? 0) ||
    readyReplicas > (before.readyReplicas ?? 0) ||
    availableReplicas > (before.availableReplicas ?? 0)
  );
}

export function hasDeadline({ spec: { progressDeadlineSeconds = noLimit } }: Deployment): boolean {
  return progressDeadlineSeconds !== noLimit;
}

function isOverdue(deployment: Deployment, now: number): boolean {
  const condition = conditionOf<DeploymentCondition>(deployment, "Progressing");
  if (!condition || condition.reason === "NewReplicaSetAvailable") return false;
  return condition.reason === "ProgressDeadlineExceeded" || now >= deadlineOf(deployment, condition);
}

/** When nothing may have moved any more, in milliseconds since 1970; undefined where there is nothing to wait for. */
export function deadlineAt(deployment: Deployment, status: DeploymentStatus): number | undefined {
  const condition = conditionOf<DeploymentCondition>({ status }, "Progressing");
  if (!condition || !hasDeadline(deployment) || isComplete(deployment, status)) return undefined;
  return condition.reason === "ProgressDeadlineExceeded" || condition.reason === "NewReplicaSetAvailable"
    ? undefined
    : deadlineOf(deployment, condition);
}

function deadlineOf({ spec }: Deployment, { lastUpdateTime = "" }: DeploymentCondition): number {
  return Date.parse(lastUpdateTime) + (spec.progressDeadlineSeconds ?? 0) * 1_000;
}

/** What keeps a set from making its pods: of the new one, else of any. */
function failureOf({ current, others }: Revisions): Said | undefined {
  for (const set of current ? [current, ...others] : others) {
    const { status, reason = "", message = "" } = conditionOf(set, "ReplicaFailure") ?? { status: "False" };
    if (status === "True") return ["ReplicaFailure", status, reason, message];
  }
  return undefined;
}

/** Type, status, reason and message. */
export type Said = readonly [
  type: string,
  status: "True" | "False" | "Unknown",
  reason: string,
  message: string,
];

/**
 * The conditions with this one at their end, where its status or its reason is another than before: another message alone changes
 * nothing. `since` is its time of transition where that is not now, nor that of the one before.
 */
export function withChanged(
  conditions: readonly DeploymentCondition[] = [],
  [type, status, reason, message]: Said,
  now: number,
  since?: string,
): readonly DeploymentCondition[] {
  const before = conditions.find(condition => condition.type === type);
  if (before?.status === status && before.reason === reason) return conditions;
  const lastUpdateTime = timestamp(now);
  const kept = before?.status === status ? before.lastTransitionTime : undefined;
  const lastTransitionTime = since ?? kept ?? lastUpdateTime;
  const changed = { type, status, lastUpdateTime, lastTransitionTime, reason, message };
  return [...withoutCondition(conditions, type), changed];
}

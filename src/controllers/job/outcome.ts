/**
 * Whether a Job has come to its end, and how: it has succeeded when as many pods have as it wants, or as its `successPolicy`
 * asks for; it has failed when too many pods have, when it took too long, or when a rule of its `podFailurePolicy` says so.
 */
import {
  conditionOf,
  isTrue,
  type Job,
  type JobCondition,
  type JobStatus,
  type Pod,
} from "../../resources/index.ts";
import { ruleMet } from "./failures.ts";
import { Indexes } from "./indexes.ts";

/** The end to come: the pods that are left are stopped first. */
export interface Outcome {
  readonly type: "SuccessCriteriaMet" | "FailureTarget";
  readonly reason: string;
  readonly message: string;
}

/** What is known when the Job is judged. */
export interface Seen {
  readonly job: Job;
  /** With everything counted that has ended so far. */
  readonly status: JobStatus;
  readonly active: readonly Pod[];
  /** Failed pods that were not there at the last run. */
  readonly failedNow: readonly Pod[];
  readonly now: number;
}

/** Nothing is left to be done for it. */
export function isFinished(job: Job): boolean {
  return isTrue(job, "Complete") || isTrue(job, "Failed");
}

export function outcomeOf(seen: Seen): Outcome | undefined {
  const known = alreadyDecided(seen.job);
  return known ?? failureOf(seen) ?? successOf(seen);
}

/** What was decided is not taken back. */
function alreadyDecided(job: Job): Outcome | undefined {
  for (const type of ["FailureTarget", "SuccessCriteriaMet"] as const) {
    const { status, reason = "", message = "" } = conditionOf<JobCondition>(job, type) ?? {};
    if (status === "True") return { type, reason, message };
  }
  return undefined;
}

function failureOf(seen: Seen): Outcome | undefined {
  const { job, status, failedNow } = seen;
  for (const pod of failedNow) {
    const met = ruleMet(job, pod);
    if (met?.action === "FailJob") return failed("PodFailurePolicy", met.message);
  }
  if (isPastBackoffLimit(seen))
    return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if (isPastDeadline(seen))
    return failed("DeadlineExceeded", "Job was active longer than specified deadline");
  const { maxFailedIndexes, completions = 0, backoffLimitPerIndex } = job.spec;
  if (backoffLimitPerIndex === undefined) return undefined;
  const failures = Indexes.parse(status.failedIndexes, completions).size;
  if (maxFailedIndexes !== undefined && failures > maxFailedIndexes) {
    return failed(
      "MaxFailedIndexesExceeded",
      "Job has exceeded the specified maximal number of failed indexes",
    );
  }
  const ended = failures + Indexes.parse(status.completedIndexes, completions).size;
  return failures > 0 && ended >= completions ? failed("FailedIndexes", "Job has failed indexes") : undefined;
}

function failed(reason: string, message: string): Outcome {
  return { type: "FailureTarget", reason, message };
}

/** Containers that are started again within their pod count by their restarts. */
function isPastBackoffLimit({ job, status, active }: Seen): boolean {
  const { backoffLimit = 6, template } = job.spec;
  if ((status.failed ?? 0) > backoffLimit) return true;
  if (template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const pod of active) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    for (const { restartCount } of [...containerStatuses, ...initContainerStatuses]) restarts += restartCount;
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function isPastDeadline({ job, now }: Seen): boolean {
  const deadline = deadlineAt(job);
  return deadline !== undefined && now >= deadline;
}

/** When the Job has been active too long, in milliseconds since 1970. */
export function deadlineAt({ spec, status }: Job): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec;
  if (activeDeadlineSeconds === undefined || suspend || !status?.startTime) return undefined;
  return Date.parse(status.startTime) + activeDeadlineSeconds * 1_000;
}

function successOf({ job, status, active }: Seen): Outcome | undefined {
  const met = (reason: string, message: string): Outcome => ({ type: "SuccessCriteriaMet", reason, message });
  const { completions, completionMode, successPolicy } = job.spec;
  const { succeeded = 0 } = status;
  const completed = Indexes.parse(status.completedIndexes, completions);
  for (const [place, { succeededIndexes, succeededCount }] of (successPolicy?.rules ?? []).entries()) {
    if (completionMode !== "Indexed") break;
    const wanted = succeededIndexes === undefined ? undefined : Indexes.parse(succeededIndexes, completions);
    const there = wanted ? wanted.size - wanted.without(completed).size : completed.size;
    if (there >= (succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY))
      return met("SuccessPolicy", `Matched rules at index ${place}`);
  }
  const isEnough =
    completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  return isEnough ? met("CompletionsReached", "Reached expected number of succeeded pods") : undefined;
}

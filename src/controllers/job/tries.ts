/**
 * How often each index of a Job with `backoffLimitPerIndex` was tried. The count stands on the pods, in an annotation, so that
 * it needs no memory: a new pod takes it from the last one of its index that failed, which is therefore held by its finalizer
 * until the new one is there.
 */
import type { Job, JobStatus, Pod } from "../../resources/index.ts";
import { delayAfter, endedAt, isFailed, ruleMet } from "./failures.ts";
import { Indexes, indexOf } from "./indexes.ts";

const failureCount = "batch.kubernetes.io/job-index-failure-count";
/** Of failures that a rule of the `podFailurePolicy` ignores: they lengthen the wait, and lead to no limit. */
const ignoredFailureCount = "batch.kubernetes.io/job-index-ignored-failure-count";

/** How many pods of its index failed before this one, so that it counts. */
function failuresBefore({ metadata }: Pod): number {
  return Number(metadata.annotations?.[failureCount] ?? 0) || 0;
}

function ignoredBefore({ metadata }: Pod): number {
  return Number(metadata.annotations?.[ignoredFailureCount] ?? 0) || 0;
}

/** Whether no other pod follows one that failed. */
export function isLastTry({ spec }: Job, pod: Pod): boolean {
  const { backoffLimitPerIndex } = spec;
  return backoffLimitPerIndex !== undefined && failuresBefore(pod) >= backoffLimitPerIndex;
}

/** Of each index the failed pod that knows of the most failures. */
export function lastFailureOfEach(job: Job, pods: readonly Pod[]): Map<number, Pod> {
  const last = new Map<number, Pod>();
  const tries = (pod: Pod) => failuresBefore(pod) + ignoredBefore(pod);
  for (const pod of pods) {
    const index = indexOf(pod, job.spec.completions);
    if (index === undefined || !isFailed(job, pod)) continue;
    const known = last.get(index);
    if (!known || tries(pod) > tries(known) || (tries(pod) === tries(known) && endedAt(pod) > endedAt(known)))
      last.set(index, pod);
  }
  return last;
}

/** Those of the failed pods that no pod follows yet, though one is to: they keep the count until then. */
export function awaitingNext(
  job: Job,
  { completedIndexes, failedIndexes }: JobStatus,
  pods: readonly Pod[],
  active: readonly Pod[],
): ReadonlySet<Pod> {
  const { completions, backoffLimitPerIndex } = job.spec;
  if (backoffLimitPerIndex === undefined) return new Set();
  const last = lastFailureOfEach(job, pods);
  const done = Indexes.parse(completedIndexes, completions).and(Indexes.parse(failedIndexes, completions));
  for (const index of last.keys()) if (done.has(index)) last.delete(index);
  for (const pod of active) last.delete(indexOf(pod) ?? -1);
  return new Set(last.values());
}

/** When the pod that follows this one may start, in milliseconds since 1970. */
export function nextTryAt(failed: Pod): number {
  return endedAt(failed) + delayAfter(failuresBefore(failed) + ignoredBefore(failed) + 1);
}

/** What the pod that follows `failed` says of those before it. */
export function failureAnnotations(job: Job, failed?: Pod): Record<string, string> {
  if (!failed) return { [failureCount]: "0" };
  const isIgnored = ruleMet(job, failed)?.action === "Ignore";
  const ignored = ignoredBefore(failed) + (isIgnored ? 1 : 0);
  return {
    [failureCount]: String(failuresBefore(failed) + (isIgnored ? 0 : 1)),
    ...(ignored > 0 && { [ignoredFailureCount]: String(ignored) }),
  };
}

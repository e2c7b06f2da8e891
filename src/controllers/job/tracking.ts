/**
 * How a Job counts its pods, so that none is counted twice or missed, whatever happens in between: each pod is held by a
 * finalizer until it was counted. First the Job's status names the pods that have ended (`uncountedTerminatedPods`), then they
 * are let go, then the status counts them. A run that finds a status with pods which are let go, or gone, counts them.
 */
import type { World } from "../../loop/index.ts";
import { hasEnded, type Job, type JobStatus, type Pod } from "../../resources/index.ts";
import { isFailed, ruleMet } from "./failures.ts";
import { Indexes, indexOf } from "./indexes.ts";
import type { Outcome } from "./outcome.ts";
import { isLastTry } from "./tries.ts";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

/** The pods that are to be counted next: ended, or told to go where that counts as a failure. */
export function uncounted(job: Job, pods: readonly Pod[]): Pod[] {
  return pods.filter(pod => isTracked(pod) && (hasEnded(pod) || isFailed(job, pod)));
}

/**
 * The status with these pods named as ended, or, where they have an index, that noted at once. Of those that run when the Job
 * ends, each has failed with it, and none where it succeeds without them.
 */
export function noted(job: Job, status: JobStatus, ended: readonly Pod[], outcome?: Outcome): JobStatus {
  const isIndexed = job.spec.completionMode === "Indexed";
  const { completions } = job.spec;
  const before = status.uncountedTerminatedPods ?? {};
  const succeeded = new Set(before.succeeded);
  const failed = new Set(before.failed);
  const [nowCompleted, nowFailed]: [number[], number[]] = [[], []];
  for (const pod of ended) {
    const index = isIndexed ? indexOf(pod, completions) : undefined;
    if (pod.status?.phase === "Succeeded") {
      if (index !== undefined) nowCompleted.push(index);
      else if (!isIndexed) succeeded.add(pod.metadata.uid);
      continue;
    }
    const met = ruleMet(job, pod);
    const hasFailed = isFailed(job, pod);
    if (met?.action === "Ignore" || (!hasFailed && outcome?.type !== "FailureTarget")) continue;
    failed.add(pod.metadata.uid);
    if (hasFailed && index !== undefined && (met?.action === "FailIndex" || isLastTry(job, pod)))
      nowFailed.push(index);
  }
  const completed = Indexes.parse(status.completedIndexes, completions).with(nowCompleted);
  const failedIndexes = Indexes.parse(status.failedIndexes, completions).with(nowFailed).without(completed);
  return {
    ...status,
    // Fewer than before where the Job asks for fewer completions now.
    ...(isIndexed && {
      succeeded: completed.size || undefined,
      completedIndexes: String(completed) || undefined,
    }),
    ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: String(failedIndexes) }),
    uncountedTerminatedPods: {
      ...(succeeded.size > 0 && { succeeded: [...succeeded] }),
      ...(failed.size > 0 && { failed: [...failed] }),
    },
  };
}

/** The status with every named pod counted that is held no more. */
export function counted(status: JobStatus, pods: readonly Pod[]): JobStatus {
  const held = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const wait = (uids: readonly string[]) => uids.filter(uid => held.has(uid));
  const [moreSucceeded, moreFailed] = [succeeded, failed].map(uids => uids.length - wait(uids).length);
  return {
    ...status,
    ...(moreSucceeded && { succeeded: (status.succeeded ?? 0) + moreSucceeded }),
    ...(moreFailed && { failed: (status.failed ?? 0) + moreFailed }),
    uncountedTerminatedPods: {
      ...(wait(succeeded).length > 0 && { succeeded: wait(succeeded) }),
      ...(wait(failed).length > 0 && { failed: wait(failed) }),
    },
  };
}

/** Lets a pod go: it was counted, or nobody counts it. The pod as it is then. */
export function letGo(pod: Pod, world: World): Promise<Pod> {
  if (!isTracked(pod)) return Promise.resolve(pod);
  const finalizers = pod.metadata.finalizers?.filter(name => name !== trackingFinalizer);
  return world.update({ ...pod, metadata: { ...pod.metadata, finalizers } });
}

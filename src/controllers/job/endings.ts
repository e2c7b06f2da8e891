/**
 * The failures of a Job's pods, as far as they decide when the next may start: 10 s after the first failure in a row, then twice
 * as long each time. A pod that failed counts for that when its object is gone too, so failures are remembered; where that is
 * lost, the pods that are there tell most of it.
 */
import { type Job, type NamespacedName, namespacedName, type Pod } from "../../resources/index.ts";
import { delayAfter, endedAt, isFailed } from "./failures.ts";
import { isTracked } from "./tracking.ts";

/** Times are in milliseconds since 1970. */
interface Known {
  /** The uid of the Job: another may have its name later. */
  readonly job: string;
  readonly succeededAt: number;
  /** When each pod failed, by its uid: those since the last success. */
  readonly failures: ReadonlyMap<string, number>;
}

export class Endings {
  readonly #known = new Map<string, Known>();

  /** When the Job's next pod may start, in milliseconds since 1970; 0 where nothing is waited for. */
  nextStartAt(job: Job, pods: readonly Pod[]): number {
    const { uid } = job.metadata;
    const key = namespacedName(job.metadata);
    const before = this.#known.get(key);
    const { succeededAt: lastKnown, failures: kept } =
      before?.job === uid ? before : { succeededAt: 0, failures: new Map<string, number>() };
    const ended = pods.filter(({ status }) => status?.phase === "Succeeded").map(endedAt);
    const succeededAt = ended.reduce((latest, at) => Math.max(latest, at), lastKnown);
    const failures = new Map(kept);
    for (const pod of pods)
      if (counts(job, pod) && !failures.has(pod.metadata.uid)) failures.set(pod.metadata.uid, endedAt(pod));
    for (const [pod, at] of failures) if (at <= succeededAt) failures.delete(pod);
    this.#known.set(key, { job: uid, succeededAt, failures });
    if (failures.size === 0) return 0;
    const last = [...failures.values()].reduce((latest, at) => Math.max(latest, at), 0);
    return last + delayAfter(failures.size);
  }

  /** The Job has ended, or is gone. */
  forget(job: NamespacedName): void {
    this.#known.delete(namespacedName(job));
  }
}

/** What was let go before it ended, because there was too much of it, is no failure. */
function counts(job: Job, pod: Pod): boolean {
  return pod.status?.phase === "Failed" || (isTracked(pod) && isFailed(job, pod));
}

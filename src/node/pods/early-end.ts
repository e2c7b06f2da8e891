/** Why a pod has to end before its containers would: its time is up, or its node shuts down. */
import type { Clock, Timer } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";

/** What the status of such a pod says. */
export interface EarlyEnd {
  readonly reason: string;
  readonly message: string;
  /** Where it is no fault of the pod: the reason of its condition `DisruptionTarget`. */
  readonly disruption?: string;
  /** The most time that its containers have to end, in milliseconds. */
  readonly mostGraceMs?: number;
}

export const deadlineExceeded: EarlyEnd = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

/** The words of a kubelet that takes a pod away which uses more than it may: it is the pod's own fault, and disrupts nothing. */
export function evicted(message: string): EarlyEnd {
  return { reason: "Evicted", message, mostGraceMs: 1_000 };
}

/** The words of a kubelet that shuts down gracefully. */
export function nodeShutdown(mostGraceMs: number): EarlyEnd {
  const message = "Pod was terminated in response to imminent node shutdown.";
  return { reason: "Terminated", message, disruption: "TerminationByKubelet", mostGraceMs };
}

/**
 * `activeDeadlineSeconds`, for how long a pod may be active on its node. It counts from the pod's start, over restarts of the
 * node. Calls `run` when the time of a pod that started at `startTime`, a timestamp, is up. Undefined where it has no deadline.
 */
export function atDeadline(
  { spec }: Pod,
  startTime: string,
  clock: Pick<Clock, "now" | "after">,
  run: () => void,
): Timer | undefined {
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  return clock.after(Date.parse(startTime) + spec.activeDeadlineSeconds * 1_000 - clock.now(), run);
}

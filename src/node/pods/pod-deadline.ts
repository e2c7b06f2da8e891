/** `activeDeadlineSeconds`: for how long a pod may be active on its node. It counts from the pod's start, over restarts of the node. */
import type { Clock, Timer } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";

/** What the status of a pod says that has been ended by its deadline. */
export const deadlineExceeded = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
} as const;

/** Calls `run` when the time of a pod that started at `startTime`, a timestamp, is up. Undefined where it has no deadline. */
export function atDeadline(
  { spec }: Pod,
  startTime: string,
  clock: Pick<Clock, "now" | "after">,
  run: () => void,
): Timer | undefined {
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  return clock.after(Date.parse(startTime) + spec.activeDeadlineSeconds * 1_000 - clock.now(), run);
}

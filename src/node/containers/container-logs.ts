/** Which log of a container is read: that of the instance that runs, or of one of the last two that ended. */
import { ApiError } from "../../errors/index.ts";
import type { ContainerStatus } from "../../resources/index.ts";
import type { Log } from "../streams/index.ts";
import type { Instance } from "./instance.ts";

/** Of the last two instances that ended, the latest first. */
export type EndedLogs = readonly { readonly containerID: string; readonly log: Log }[];

export const noLogs: EndedLogs = [];

export function withLogOf({ facts: { containerID }, log }: Instance, ended: EndedLogs): EndedLogs {
  return [{ containerID, log }, ...ended.slice(0, 1)];
}

/** As `kubectl logs` chooses it among those that ended. Throws a BadRequest where there is nothing to read. */
export function chooseLog(
  { name, state, lastState }: ContainerStatus,
  ended: EndedLogs,
  previous: boolean,
  podName: string,
): Log {
  const shown = previous ? lastState?.terminated : (state?.terminated ?? lastState?.terminated);
  const found = ended.find(({ containerID }) => containerID === shown?.containerID);
  if (found) return found.log;
  const container = `container "${name}" in pod "${podName}"`;
  const problem = previous
    ? `previous terminated ${container} not found`
    : `${container} is waiting to start: ${whyWaiting(state?.waiting?.reason)}`;
  throw new ApiError("BadRequest", problem);
}

function whyWaiting(reason = "ContainerCreating"): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  if (reason === "ImagePullBackOff") return "trying and failing to pull image";
  return reason;
}

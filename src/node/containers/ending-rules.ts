/** What the pod's spec says of the ends of its containers: how long a stop may take, and whether there is a next instance. */
import { controllerOf, isSame, type Pod, type PodContainer, type Probe } from "../../resources/index.ts";
import type { ContainerRole } from "./owning-pod.ts";

/** How long a container has to stop before it is killed, in milliseconds. */
export function graceMsOf({ spec }: Pod): number {
  return (spec.terminationGracePeriodSeconds ?? 30) * 1_000;
}

/** The same after a failed probe. A thread with a blocked event loop cannot be asked to stop: it is killed at once. */
export function graceMsAfter(probe: Probe | undefined, pod: Pod): number {
  const { terminationGracePeriodSeconds: own, exec } = probe ?? {};
  if (own !== undefined) return own * 1_000;
  return exec?.command?.[0] === "event-loop" ? 0 : graceMsOf(pod);
}

/** Whether a container is started again even if it succeeded. */
export function restartsAlways(role: ContainerRole, { spec }: Pod): boolean {
  return (role === "main" || role === "sidecar") && (spec.restartPolicy ?? "Always") === "Always";
}

/** Whether a container is started again if it failed. */
export function restartsOnFailure(role: ContainerRole, { spec }: Pod): boolean {
  if (role === "ephemeral") return false;
  return role === "sidecar" || spec.restartPolicy !== "Never";
}

/** Whether the container's end is what is waited for: of an init container, the pod of a Job, and a pod that helm runs as a hook. */
export function isToComplete(role: ContainerRole, pod: Pod): boolean {
  if (role !== "main") return role === "init";
  const { metadata, spec } = pod;
  if ((spec.restartPolicy ?? "Always") === "Always") return false;
  return controllerOf(pod)?.kind === "Job" || metadata.annotations?.["helm.sh/hook"] !== undefined;
}

/** Whether a container that runs has to be started anew for its spec to be as `now`: for another image, or where `resizePolicy` says so. */
export function isRenewed(before: PodContainer, now: PodContainer): boolean {
  return before.image !== now.image || needsRestart(before, now);
}

/** Whether the resources are others. A container keeps running with them, unless `needsRestart`. */
export function isResized(before: PodContainer, now: PodContainer): boolean {
  return !isSame(before.resources ?? {}, now.resources ?? {});
}

function needsRestart(before: PodContainer, now: PodContainer): boolean {
  const amounts = ({ resources }: PodContainer, name: string) => [
    resources?.requests?.[name],
    resources?.limits?.[name],
  ];
  return (now.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === "RestartContainer" &&
      !isSame(amounts(before, resourceName), amounts(now, resourceName)),
  );
}

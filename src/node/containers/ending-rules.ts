/** What the pod's spec says of the ends of its containers: how long a stop may take, and whether there is a next instance. */
import { controllerOf, isSame, type Pod, type PodContainer, type Probe } from "../../resources/index.ts";
import type { ContainerRole } from "./owning-pod.ts";

/** How long a container has to stop before it is killed, in milliseconds. A negative time is a second, as in Kubernetes. */
export function graceMsOf({ spec: { terminationGracePeriodSeconds: seconds = 30 } }: Pod): number {
  return (seconds < 0 ? 1 : seconds) * 1_000;
}

/** The same after a failed probe. A thread with a blocked event loop cannot be asked to stop: it is killed at once. */
export function graceMsAfter(probe: Probe | undefined, pod: Pod): number {
  const { terminationGracePeriodSeconds: own, exec } = probe ?? {};
  if (own !== undefined) return own * 1_000;
  return exec?.command?.[0] === "event-loop" ? 0 : graceMsOf(pod);
}

/**
 * Whether a container is started again that ended with this code: the first of its own rules that matches says so, else its own
 * policy, else that of the pod.
 */
export function restartsAfter(
  exitCode: number,
  role: ContainerRole,
  { restartPolicy, restartPolicyRules = [] }: RestartPolicy,
  { spec }: Pod,
): boolean {
  if (role === "ephemeral") return false;
  if (role === "sidecar") return true;
  if (role === "init" && exitCode === 0) return false;
  if (restartPolicy !== undefined && restartPolicyRules.some(rule => matches(rule, exitCode))) return true;
  const policy = restartPolicy ?? spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** What of a container says whether it is started again. */
export type RestartPolicy = Pick<PodContainer, "restartPolicy" | "restartPolicyRules">;

type RestartRule = NonNullable<PodContainer["restartPolicyRules"]>[number];

function matches({ action, exitCodes }: RestartRule, exitCode: number): boolean {
  if (action !== "Restart" || !exitCodes) return false;
  return (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === "In");
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

/**
 * What restart, pause and resume change of a workload, as merge patches, and where they are refused: for `cluster.rollout` and for
 * `k4s rollout`. Going back to a template is in rollout-revisions.ts.
 */
import { ApiError } from "../errors/index.ts";
import { timestamp } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import type { RolledOut } from "./rollout-revisions.ts";

/** The kinds that have a template which is rolled out. */
export const rolledOutKinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;

/** For a kind that has none. */
export function notRolledOut(kind: string): ApiError {
  return new ApiError("BadRequest", `a ${kind} is not rolled out: name a ${rolledOutKinds.join(", a ")}`);
}

/** Replaces all pods, by the workload's own strategy. Throws BadRequest while it is paused. @param now milliseconds since 1970 */
export function patchToRestart(workload: RolledOut, now: number): object {
  if (isPaused(workload))
    throw new ApiError("BadRequest", `${nameOf(workload)} can't restart while it is paused: resume it first`);
  const annotations = { "kubectl.kubernetes.io/restartedAt": timestamp(now) };
  return { spec: { template: { metadata: { annotations } } } };
}

/** Lets a changed template wait from now on, or rolls out what waits. Throws BadRequest for what cannot be paused, or is so already. */
export function patchToPause(workload: RolledOut, paused: boolean): object {
  const { kind, metadata } = workload;
  if (kind !== "Deployment")
    throw new ApiError("BadRequest", `a ${kind} cannot be paused`, { kind, name: metadata.name });
  if (isPaused(workload) === paused)
    throw new ApiError("BadRequest", `${nameOf(workload)} is ${paused ? "already" : "not"} paused`);
  return { spec: { paused: paused || null } };
}

function isPaused(workload: RolledOut): boolean {
  return workload.kind === "Deployment" && (workload.spec.paused ?? false);
}

function nameOf({ kind, metadata }: Pick<KubernetesObject, "kind" | "metadata">): string {
  return `${kind} ${metadata.name}`;
}

/**
 * What is to be done next in a pod, as a pure function of the pod and its containers: which to start, which to stop, and
 * whether its life is over. Init containers run one after the other, sidecars start with them and stop last; what was added
 * for debugging runs once, and waits for none of them.
 */
import { type ContainerStatus, hasEnded, type Pod } from "../../resources/index.ts";
import type { ContainerView } from "../containers/index.ts";
import { isInitDone } from "./init-containers.ts";

/** What is to be done: what to start, what to stop, and whether the pod's life is over. */
export interface Plan {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly ended: boolean;
}

/** @param stopping true when the pod is to end: it was deleted, or its time is up. */
export function planFor(pod: Pod, containers: readonly ContainerView[], stopping: boolean): Plan {
  const policy = pod.spec.restartPolicy ?? "Always";
  const main = containers.filter(({ role }) => role === "main");
  const failedInit = containers.some(
    ({ role, status }) =>
      role === "init" && policy === "Never" && (status.state?.terminated?.exitCode ?? 0) !== 0,
  );
  const finished = failedInit || main.every(({ status }) => !mustRun(status, policy));
  if (stopping || finished || hasEnded(pod)) return planOfEnd(containers);
  const start: string[] = [];
  for (const { name, role, status, busy } of containers) {
    if (role === "ephemeral" && !busy && !status.state?.terminated) start.push(name);
  }
  for (const { name, role, status, busy } of containers) {
    if (role === "ephemeral") continue;
    const runs =
      role === "sidecar" ||
      (role === "main" ? mustRun(status, policy) : status.state?.terminated?.exitCode !== 0);
    if (runs && !busy) start.push(name);
    // Each waits for the one before it.
    if (role !== "main" && !isInitDone(status, role === "sidecar")) break;
  }
  return { start, stop: [], ended: false };
}

/** Containers first, all at once; then the sidecars, last one first; then it is over. */
function planOfEnd(containers: readonly ContainerView[]): Plan {
  const busy = containers.filter(container => container.busy);
  const first = busy.filter(({ role }) => role !== "sidecar");
  const stop = first.length > 0 ? first : busy.slice(-1);
  return { start: [], stop: stop.map(({ name }) => name), ended: busy.length === 0 };
}

/** Whether it should run (again), by its restart policy. */
function mustRun({ state }: ContainerStatus, policy: "Always" | "Never" | "OnFailure"): boolean {
  const { terminated } = state ?? {};
  if (!terminated) return true;
  return policy === "Always" || (policy === "OnFailure" && terminated.exitCode !== 0);
}

/**
 * What is to be done next in a pod, as a pure function of the pod and its containers: which to start, which to stop, and
 * whether its life is over. Init containers run one after the other, sidecars start with them and stop last; what was added
 * for debugging runs once, and waits for none of them.
 */
import { hasEnded, type Pod } from "../../resources/index.ts";
import { type ContainerView, restartsAfter } from "../containers/index.ts";
import { hasRun, isInitDone } from "./init-containers.ts";

/** What is to be done: what to start, what to stop, and whether the pod's life is over. */
export interface Plan {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly ended: boolean;
}

/** @param stopping true when the pod is to end: it was deleted, or its time is up. */
export function planFor(pod: Pod, containers: readonly ContainerView[], stopping: boolean): Plan {
  const main = containers.filter(({ role }) => role === "main");
  const failedInit = containers.some(container => container.role === "init" && hasFailed(container, pod));
  const finished = failedInit || main.every(container => !mustRun(container, pod));
  if (stopping || finished || hasEnded(pod)) return planOfEnd(containers);
  const start: string[] = [];
  const hasBegun = main.some(({ status }) => hasRun(status));
  for (const { name, role, status, busy } of containers) {
    if (role === "ephemeral" && !busy && !status.state?.terminated) start.push(name);
  }
  for (const container of containers) {
    const { name, role, status, busy } = container;
    if (role === "ephemeral") continue;
    if (mustRun(container, pod) && !busy) start.push(name);
    // Each waits for the one before it, until one of the pod's own has run: those never wait for a sidecar that is being restarted.
    if (role !== "main" && !hasBegun && !isInitDone(status, role === "sidecar")) break;
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

/** Whether it should run, or run again. */
function mustRun({ role, spec, status }: ContainerView, pod: Pod): boolean {
  const { terminated } = status.state ?? {};
  return !terminated || restartsAfter(terminated.exitCode, role, spec, pod);
}

/** An init container that failed and is not tried again: nothing comes after it. */
function hasFailed(container: ContainerView, pod: Pod): boolean {
  const { terminated } = container.status.state ?? {};
  return terminated !== undefined && terminated.exitCode !== 0 && !mustRun(container, pod);
}

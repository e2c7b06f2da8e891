/**
 * The rules of a pod's life, as pure functions: from the pod and the statuses of its containers follow its phase and its
 * conditions, and what is to be done next. The words and their order are those of Kubernetes' kubelet.
 */
import type { ContainerStatus, Pod, PodCondition, PodContainer, PodStatus } from "../resources/index.ts";

export type Phase = NonNullable<PodStatus["phase"]>;

/** What the node knows about a pod, besides the object. */
export interface PodFacts {
  /** In the order of the spec. */
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** True from when the first container is about to be created until the pod has ended. */
  readonly ready: boolean;
  /** True when nothing runs any more, and nothing will. */
  readonly ended: boolean;
  /** Set when the pod was ended by something else than its containers: its reason and message. */
  readonly cause: { readonly reason: string; readonly message: string } | undefined;
  readonly hostIP: string;
  readonly podIP: string | undefined;
  readonly startTime: string;
  /** Now, as a timestamp. */
  readonly now: string;
}

export function isSidecar(container: PodContainer): boolean {
  return container.restartPolicy === "Always";
}

/** The status of the pod as it is now. Conditions of others (readiness gates) are kept. */
export function podStatusOf(pod: Pod, facts: PodFacts): PodStatus {
  const { init, main, hostIP, podIP, startTime, cause } = facts;
  const phase = phaseOf(pod, facts);
  const before = pod.status;
  return {
    ...before,
    observedGeneration: pod.metadata.generation ?? 1,
    phase,
    conditions: conditionsOf(pod, facts, phase),
    ...(cause ?? {}),
    hostIP,
    hostIPs: before?.hostIP === hostIP && before.hostIPs ? before.hostIPs : [{ ip: hostIP }],
    ...(podIP === undefined
      ? {}
      : { podIP, podIPs: before?.podIP === podIP && before.podIPs ? before.podIPs : [{ ip: podIP }] }),
    startTime,
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
  };
}

export function phaseOf(pod: Pod, { init, main, ended, cause }: PodFacts): Phase {
  const before = pod.status?.phase;
  if (before === "Succeeded" || before === "Failed") return before;
  if (ended)
    return cause || [...main, ...regular(pod, init)].some(status => exitCodeOf(status) !== 0)
      ? "Failed"
      : "Succeeded";
  if (!isInitialized(pod, init)) return "Pending";
  return main.every(status => status.state?.waiting && !status.lastState?.terminated) || main.some(neverRan)
    ? "Pending"
    : "Running";
}

function neverRan({ state, lastState }: ContainerStatus): boolean {
  return state?.waiting !== undefined && lastState?.terminated === undefined;
}

/** A container that never ran counts as one that failed. */
function exitCodeOf({ state, lastState }: ContainerStatus): number {
  return state?.terminated?.exitCode ?? lastState?.terminated?.exitCode ?? 137;
}

function regular(pod: Pod, init: readonly ContainerStatus[]): ContainerStatus[] {
  return init.filter((_, place) => !isSidecarAt(pod, place));
}

function isSidecarAt(pod: Pod, place: number): boolean {
  const container = pod.spec.initContainers?.[place];
  return container !== undefined && isSidecar(container);
}

/** An init container is done when it has succeeded; a sidecar, when it has started. */
export function isInitDone(status: ContainerStatus, sidecar: boolean): boolean {
  return sidecar ? status.started === true : status.state?.terminated?.exitCode === 0;
}

export function isInitialized(pod: Pod, init: readonly ContainerStatus[]): boolean {
  return init.every(
    (status, place) => isInitDone(status, isSidecarAt(pod, place)) || wasStopped(pod, status, place),
  );
}

/** A sidecar that ended after its start has done its part. */
function wasStopped(pod: Pod, status: ContainerStatus, place: number): boolean {
  return (
    isSidecarAt(pod, place) &&
    (status.state?.terminated !== undefined || status.lastState?.terminated !== undefined)
  );
}

function conditionsOf(pod: Pod, facts: PodFacts, phase: Phase): PodCondition[] {
  const before = pod.status?.conditions ?? [];
  const observedGeneration = pod.metadata.generation ?? 1;
  const completed = phase === "Succeeded" ? "PodCompleted" : phase === "Failed" ? "PodFailed" : undefined;
  const unready = unreadyContainers(pod, facts);
  const contained = readiness(completed, unready);
  const wanted: [type: string, verdict: Verdict][] = [
    ["PodReadyToStartContainers", { status: facts.ready && !facts.ended }],
    ["Initialized", initialized(pod, facts, phase)],
    ["Ready", contained.status ? gates(pod) : contained],
    ["ContainersReady", contained],
    ["PodScheduled", { status: true }],
  ];
  const ours = wanted.map(([type, { status, ...why }]): PodCondition => {
    const old = before.find(condition => condition.type === type);
    const text = status ? "True" : "False";
    const since = old?.status === text ? old.lastTransitionTime : facts.now;
    return { type, observedGeneration, status: text, lastTransitionTime: since ?? facts.now, ...why };
  });
  if (
    before.length <= ours.length &&
    before.every(condition => wanted.some(([type]) => type === condition.type))
  )
    return ours;
  return [...ours, ...before.filter(condition => !wanted.some(([type]) => type === condition.type))];
}

interface Verdict {
  readonly status: boolean;
  readonly reason?: string;
  readonly message?: string;
}

function initialized(pod: Pod, { init }: PodFacts, phase: Phase): Verdict {
  if (phase === "Succeeded") return { status: true, reason: "PodCompleted" };
  if (isInitialized(pod, init)) return { status: true };
  const names = init
    .filter((status, place) => !isInitDone(status, isSidecarAt(pod, place)))
    .map(({ name }) => name);
  return {
    status: false,
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${names.join(" ")}]`,
  };
}

function unreadyContainers(pod: Pod, { init, main }: PodFacts): string[] {
  const sidecars = init.filter((_, place) => isSidecarAt(pod, place));
  return [...sidecars, ...main].filter(({ ready }) => !ready).map(({ name }) => name);
}

function readiness(completed: string | undefined, unready: readonly string[]): Verdict {
  if (completed) return { status: false, reason: completed };
  if (unready.length === 0) return { status: true };
  return {
    status: false,
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}

/** Conditions that others must set before the pod counts as ready. */
function gates(pod: Pod): Verdict {
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    const problem = condition
      ? `"${conditionType}" is not "True", but "${condition.status}".`
      : `"${conditionType}" does not exist.`;
    if (condition?.status === "True") continue;
    const message = condition
      ? `the status of pod readiness gate ${problem}`
      : `corresponding condition of pod readiness gate ${problem}`;
    return { status: false, reason: "ReadinessGatesNotReady", message };
  }
  return { status: true };
}

/** What a container looks like to the rules that decide what to do next. */
export interface ContainerView {
  readonly name: string;
  readonly status: ContainerStatus;
  readonly role: "init" | "sidecar" | "main";
  /** True while it is being started, runs, or is being stopped. */
  readonly busy: boolean;
}

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
  if (stopping || finished || isOver(pod)) return planOfEnd(containers);
  const start: string[] = [];
  for (const { name, role, status, busy } of containers) {
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

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Whether it should run (again), by its restart policy. */
function mustRun({ state }: ContainerStatus, policy: "Always" | "Never" | "OnFailure"): boolean {
  const { terminated } = state ?? {};
  if (!terminated) return true;
  return policy === "Always" || (policy === "OnFailure" && terminated.exitCode !== 0);
}

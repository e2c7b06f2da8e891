/**
 * The status of a pod, as a pure function of the pod and its containers' statuses: its phase and its conditions. The words
 * and their order are the kubelet's.
 */
import { rememberLast } from "../../outside/index.ts";
import {
  type ContainerStatus,
  conditionOf,
  hasEnded,
  type Pod,
  type PodCondition,
  type PodStatus,
  withDisruptionTarget,
} from "../../resources/index.ts";
import { deepFreeze } from "../../store/index.ts";
import { settled } from "../containers/index.ts";
import { alike } from "./alike.ts";
import type { EarlyEnd } from "./early-end.ts";
import { hasRun, isInitDone, isInitialized, isSidecarAt } from "./init-containers.ts";

type Phase = NonNullable<PodStatus["phase"]>;

/** What the node knows about a pod, besides the object. */
export interface PodFacts {
  /** In the order of the spec. */
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** Those that were added for debugging: the pod's phase and readiness do not depend on them. */
  readonly ephemeral: readonly ContainerStatus[];
  /** True from when the first container is about to be created until the pod has ended. */
  readonly ready: boolean;
  /** True when nothing runs any more, and nothing will. */
  readonly ended: boolean;
  /** Set when the pod was ended by something else than its containers. */
  readonly cause: EarlyEnd | undefined;
  /** The conditions that tell of a resize. */
  readonly resize: readonly Partial<PodCondition>[];
  readonly hostIP: string;
  readonly podIP: string | undefined;
  readonly startTime: string;
  /** Now, as a timestamp. */
  readonly now: string;
}

/** The status of the pod as it is now. Conditions of others (readiness gates) are kept. */
export function podStatusOf(pod: Pod, seen: PodFacts): PodStatus {
  const facts = seen.ended ? settledFacts(pod, seen) : seen;
  const { init, main, ephemeral, hostIP, podIP, startTime, cause } = facts;
  const phase = phaseOf(pod, facts);
  const before = pod.status;
  return {
    ...before,
    observedGeneration: pod.metadata.generation ?? 1,
    phase,
    conditions: asBefore(conditionsOf(pod, facts, phase)),
    ...(cause && { reason: cause.reason, message: cause.message }),
    hostIP,
    hostIPs: before?.hostIP === hostIP && before.hostIPs ? before.hostIPs : hostIPsOf(hostIP),
    ...(podIP === undefined
      ? {}
      : { podIP, podIPs: before?.podIP === podIP && before.podIPs ? before.podIPs : [{ ip: podIP }] }),
    startTime,
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral.map(asEphemeral) } : {}),
  };
}

// Pods that change in the same second have these alike, and share them.
const asBefore = alike<PodCondition[]>();
const hostIPsOf = rememberLast((ip: string) => deepFreeze([{ ip }]));

/** Nothing asks whether it is ready, and so nothing is said of it but what it does. */
function asEphemeral({ started, ...status }: ContainerStatus): ContainerStatus {
  return { ...status, ready: false };
}

/**
 * The pod is over: none of its containers waits any more, but for those that were never tried, as in Kubernetes: the
 * pod's own where it was never initialized, and the last init containers.
 */
function settledFacts(pod: Pod, facts: PodFacts): PodFacts {
  const { init, main } = facts;
  const tried = Math.max(1, init.findLastIndex(hasRun) + 1);
  const hasBegun = init.length === 0 || isInitialized(pod, init) || main.some(hasRun);
  return {
    ...facts,
    init: init.map((status, index) => (index < tried ? settled(status) : status)),
    main: hasBegun ? main.map(settled) : main,
    ephemeral: facts.ephemeral.map(settled),
  };
}

function phaseOf(pod: Pod, { init, main, ended, cause }: PodFacts): Phase {
  const before = pod.status?.phase;
  if (before && hasEnded(pod)) return before;
  if (ended)
    return cause || [...main, ...regular(pod, init)].some(status => exitCodeOf(status) !== 0)
      ? "Failed"
      : "Succeeded";
  if (!main.some(isOrWasUp) && !isInitialized(pod, init)) return "Pending";
  return main.every(hasRun) ? "Running" : "Pending";
}

/** Once this is so of one of the pod's own containers, the pod is initialized, whatever its sidecars do. */
function isOrWasUp({ state }: ContainerStatus): boolean {
  return state !== undefined && state.waiting === undefined;
}

/** A container that never ran counts as one that failed. */
function exitCodeOf({ state, lastState }: ContainerStatus): number {
  return state?.terminated?.exitCode ?? lastState?.terminated?.exitCode ?? 137;
}

function regular(pod: Pod, init: readonly ContainerStatus[]): ContainerStatus[] {
  return init.filter((_, index) => !isSidecarAt(pod, index));
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
  const resizing = facts.resize.map((condition): PodCondition => {
    const old = before.find(({ type }) => type === condition.type);
    return {
      type: "",
      status: "True",
      lastTransitionTime: old?.lastTransitionTime ?? facts.now,
      ...condition,
    };
  });
  const ours = wanted.map(([type, { status, ...why }]): PodCondition => {
    const old = before.find(condition => condition.type === type);
    const text = status ? "True" : "False";
    const since = old?.status === text ? old.lastTransitionTime : facts.now;
    return { type, observedGeneration, status: text, lastTransitionTime: since ?? facts.now, ...why };
  });
  const ofOthers = before.filter(
    ({ type }) => !wanted.some(([own]) => own === type) && !type.startsWith("PodResize"),
  );
  const all = ofOthers.length + resizing.length === 0 ? ours : [...ofOthers, ...resizing, ...ours];
  const { disruption: reason, message = "" } = facts.cause ?? {};
  if (!reason) return all;
  return [...withDisruptionTarget(all, { reason, message, observedGeneration }, Date.parse(facts.now))];
}

interface Verdict {
  readonly status: boolean;
  readonly reason?: string;
  readonly message?: string;
}

function initialized(pod: Pod, { init, main }: PodFacts, phase: Phase): Verdict {
  if (phase === "Succeeded") return { status: true, reason: "PodCompleted" };
  const names = init
    .filter((status, index) => !isInitDone(status, isSidecarAt(pod, index)))
    .map(({ name }) => name);
  if (names.length === 0 || main.some(isOrWasUp)) return { status: true };
  return {
    status: false,
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${names.join(" ")}]`,
  };
}

function unreadyContainers(pod: Pod, { init, main }: PodFacts): string[] {
  const sidecars = init.filter((_, index) => isSidecarAt(pod, index));
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
  const problems = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = conditionOf(pod, conditionType);
    if (condition?.status === "True") return [];
    return condition
      ? [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`]
      : [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
  });
  if (problems.length === 0) return { status: true };
  return { status: false, reason: "ReadinessGatesNotReady", message: problems.join(", ") };
}

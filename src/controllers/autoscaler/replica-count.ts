/**
 * How many replicas there should be by what the pods use of one resource: as many more or fewer as their use is above or below
 * the target. Pods that do not count yet, or of which nothing is known, make it careful: they never turn the direction, and
 * never make a step larger. The rules are those of Kubernetes' replica calculator.
 */
import { conditionOf, isTerminating, isTrue, type Pod } from "../../resources/index.ts";
import type { Problem } from "./scale-target.ts";
import type { AutoscalingSettings } from "./settings.ts";

/** What one pod uses. */
export interface Sample {
  /** In thousandths: millicores, or thousandths of a byte. */
  readonly amount: number;
  /** When it was measured. */
  readonly at: number;
  /** Over which time before that. */
  readonly windowMs: number;
}

/** By which share the use may differ from the target before anything is done about it: 0.1 is a tenth. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

export interface Measurement {
  readonly pods: readonly Pod[];
  /** By the name of the pod. */
  readonly samples: ReadonlyMap<string, Sample>;
  readonly resource: string;
  /** How many replicas there should be by now. */
  readonly replicas: number;
  readonly tolerances: Tolerances;
  readonly settings: Pick<AutoscalingSettings, "cpuInitializationPeriodMs" | "initialReadinessDelayMs">;
  readonly now: number;
}

/** What pods should use. */
export interface Load {
  /** How the amounts of these pods compare with the target: 1 is just right. */
  compare(amounts: ReadonlyMap<string, number>): Comparison | Problem;
  /** What a pod counts as of which nothing is known, where there are too many. */
  assumed(name: string): number;
}

export interface Comparison {
  readonly ratio: number;
  /** The mean of a pod, in thousandths. */
  readonly average: number;
  /** In per cent of what was requested, where that is the target. */
  readonly utilization?: number;
}

export function replicaCount(
  measurement: Measurement,
  load: Load,
): { readonly replicas: number; readonly comparison: Comparison } | Problem {
  const { pods, replicas: before, samples, tolerances } = measurement;
  if (pods.length === 0) return { problem: "no pods returned by selector while calculating replica count" };
  const { ready, unready, missing } = groupsOf(measurement);
  const amounts = new Map(ready.map(name => [name, samples.get(name)?.amount ?? 0]));
  if (amounts.size === 0)
    return { problem: "did not receive metrics for targeted pods (pods might be unready)" };
  const comparison = load.compare(amounts);
  if ("problem" in comparison) return comparison;
  const { ratio } = comparison;
  const isUp = ratio > 1;
  const waits = isUp ? unready : [];
  if (waits.length === 0 && missing.length === 0) {
    const replicas = isWithin(ratio, tolerances) ? before : Math.ceil(ratio * ready.length);
    return { replicas, comparison };
  }
  if (ratio !== 1) for (const name of missing) amounts.set(name, isUp ? 0 : load.assumed(name));
  for (const name of waits) amounts.set(name, 0);
  const careful = load.compare(amounts);
  if ("problem" in careful) return careful;
  const isTurned = isUp ? careful.ratio < 1 : ratio < 1 && careful.ratio > 1;
  const replicas = Math.ceil(careful.ratio * amounts.size);
  const isAgainst = careful.ratio < 1 ? replicas > before : careful.ratio > 1 && replicas < before;
  const isKept = isWithin(careful.ratio, tolerances) || isTurned || isAgainst;
  return { replicas: isKept ? before : replicas, comparison };
}

/**
 * How many there should be where one amount is for all of them together, and is so many times what it should be. Those count
 * that are ready.
 */
export function replicasByRatio(
  ratio: number,
  { pods, replicas, tolerances }: Pick<Measurement, "pods" | "replicas" | "tolerances">,
): { readonly replicas: number } | Problem {
  if (replicas === 0) return { replicas: Math.ceil(ratio) };
  if (isWithin(ratio, tolerances)) return { replicas };
  if (pods.length === 0) {
    const none = "no pods returned by selector while calculating replica count";
    return { problem: `unable to calculate ready pods: ${none}` };
  }
  const ready = pods.filter(pod => pod.status?.phase === "Running" && isTrue(pod, "Ready"));
  return { replicas: Math.ceil(ratio * ready.length) };
}

/** The same where each of them should have so much of the amount; `average` is what each has. */
export function replicasByEach(
  amount: number,
  each: number,
  { statusReplicas, tolerances }: { readonly statusReplicas: number } & Pick<Measurement, "tolerances">,
): { readonly replicas: number; readonly average: number } {
  const isRight = isWithin(amount / (each * statusReplicas), tolerances);
  return {
    replicas: isRight ? statusReplicas : Math.ceil(amount / each),
    average: statusReplicas === 0 ? 0 : Math.ceil(amount / statusReplicas),
  };
}

function isWithin(ratio: number, { up, down }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

interface Groups {
  readonly ready: readonly string[];
  /** They run, but what they use says nothing yet. */
  readonly unready: readonly string[];
  /** They run, and nothing is known of what they use. */
  readonly missing: readonly string[];
}

/** Of those that have not failed and are not on their way out. One that has succeeded counts, as in Kubernetes. */
function groupsOf(measurement: Measurement): Groups {
  const { pods, samples, resource } = measurement;
  const groups = { ready: [] as string[], unready: [] as string[], missing: [] as string[] };
  for (const pod of pods) {
    const phase = pod.status?.phase ?? "Pending";
    if (isTerminating(pod) || phase === "Failed") continue;
    const { name } = pod.metadata;
    const sample = samples.get(name);
    if (phase === "Pending") groups.unready.push(name);
    else if (!sample) groups.missing.push(name);
    else if (resource === "cpu" && saysNothingYet(pod, sample, measurement)) groups.unready.push(name);
    else groups.ready.push(name);
  }
  return groups;
}

/** What a program needs of processors while it starts says nothing of what it will need. */
function saysNothingYet(
  pod: Pod,
  { at, windowMs }: Sample,
  { settings, now }: Pick<Measurement, "settings" | "now">,
): boolean {
  const ready = conditionOf(pod, "Ready");
  const startTime = pod.status?.startTime;
  if (!ready || !startTime) return true;
  const started = Date.parse(startTime);
  const changed = Date.parse(ready.lastTransitionTime ?? startTime);
  const isUnready = ready.status === "False";
  if (started + settings.cpuInitializationPeriodMs > now) return isUnready || at < changed + windowMs;
  // It has never been ready.
  return isUnready && started + settings.initialReadinessDelayMs > changed;
}

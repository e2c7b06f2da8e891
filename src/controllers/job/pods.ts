/** How many pods a Job is to have now, and which: what is missing is made, what is too much goes. */
import {
  type Draft,
  type EnvVar,
  hasEnded,
  isTerminating,
  type Job,
  type JobStatus,
  ownedBy,
  type Pod,
  type PodSpec,
} from "../../resources/index.ts";
import { endedAt, nextStartAt } from "./failures.ts";
import { indexAnnotation, indexOf, parseIndexes } from "./indexes.ts";
import { failureAnnotation, failuresOf, trackingFinalizer } from "./tracking.ts";

/** What is to be done about the pods. */
export interface Plan {
  readonly create: readonly Draft<Pod>[];
  readonly remove: readonly Pod[];
  /** When more may be created, in milliseconds since 1970, where failures are waited for. */
  readonly waitUntil?: number;
}

/** A Job may ask for very many; no run creates more than this. */
export const burst = 500;

export function planPods(job: Job, status: JobStatus, pods: readonly Pod[], now: number): Plan {
  const active = pods.filter(pod => !isTerminating(pod) && !hasEnded(pod));
  const wanted = wantedNow(job, status, active.length);
  const waits = job.spec.podReplacementPolicy === "Failed";
  const inTheWay = waits ? pods.filter(pod => isTerminating(pod) && !hasEnded(pod)).length : 0;
  if (active.length > wanted) {
    return { create: [], remove: active.toSorted(byLeastMissed).slice(0, active.length - wanted) };
  }
  const missing = Math.min(burst, wanted - active.length - inTheWay);
  if (missing <= 0) return { create: [], remove: [] };
  if (job.spec.completionMode === "Indexed") return planIndexes(job, status, pods, active, missing, now);
  const waitUntil = nextStartAt(pods);
  if (waitUntil > now) return { create: [], remove: [], waitUntil };
  return { create: Array.from({ length: missing }, () => podOf(job)), remove: [] };
}

function wantedNow({ spec }: Job, { succeeded = 0, failedIndexes }: JobStatus, active: number): number {
  const { parallelism = 1, completions } = spec;
  // The pods of a work queue know themselves when nothing is left: after the first success no more are started.
  if (completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  const lost = parseIndexes(failedIndexes, completions).size;
  return Math.max(0, Math.min(parallelism, completions - succeeded - lost));
}

/** The lowest indexes that have no pod and are not done. An index that failed waits for itself, where each has its own limit. */
function planIndexes(
  job: Job,
  status: JobStatus,
  pods: readonly Pod[],
  active: readonly Pod[],
  missing: number,
  now: number,
): Plan {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  const done = parseIndexes(status.completedIndexes, completions);
  for (const index of parseIndexes(status.failedIndexes, completions)) done.add(index);
  for (const pod of active) done.add(indexOf(pod) ?? -1);
  const isOwnLimit = backoffLimitPerIndex !== undefined;
  const create: Draft<Pod>[] = [];
  let waitUntil: number | undefined;
  for (let index = 0; index < completions && create.length < missing; index++) {
    if (done.has(index)) continue;
    const before = pods.filter(pod => indexOf(pod) === index);
    const startsAt = nextStartAt(isOwnLimit ? before : pods);
    if (startsAt > now) {
      waitUntil = Math.min(waitUntil ?? startsAt, startsAt);
      continue;
    }
    const last = before.toSorted((one, other) => endedAt(other) - endedAt(one))[0];
    const annotations = isOwnLimit ? failureAnnotation(last ? failuresOf(last) + 1 : 0) : {};
    create.push(podOf(job, index, annotations));
  }
  return { create, remove: [], ...(waitUntil !== undefined && { waitUntil }) };
}

/** Those go first that have come least far. */
function byLeastMissed(one: Pod, other: Pod): number {
  const rank = ({ spec, status }: Pod) => (spec.nodeName ? 1 : 0) + (status?.phase === "Running" ? 2 : 0);
  return rank(one) - rank(other) || endedAt(other) - endedAt(one);
}

function podOf(job: Job, index?: number, more: Readonly<Record<string, string>> = {}): Draft<Pod> {
  const { name, namespace } = job.metadata;
  const { metadata = {}, spec } = job.spec.template;
  const number = String(index);
  const mark: Readonly<Record<string, string>> = index === undefined ? {} : { [indexAnnotation]: number };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      generateName: index === undefined ? `${name}-` : `${name}-${index}-`,
      labels: { ...metadata.labels, ...mark },
      annotations: { ...metadata.annotations, ...mark, ...more },
      finalizers: [...(metadata.finalizers ?? []), trackingFinalizer],
      ownerReferences: [ownedBy(job)],
    },
    spec: index === undefined ? spec : indexedSpec(spec, `${name}-${index}`),
  };
}

/** The program reads its index from the environment. */
function indexedSpec(spec: PodSpec, hostname: string): PodSpec {
  const fieldPath = `metadata.labels['${indexAnnotation}']`;
  const variable: EnvVar = {
    name: "JOB_COMPLETION_INDEX",
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
  };
  const told = <C extends { readonly env?: readonly EnvVar[] }>(container: C): C =>
    container.env?.some(({ name }) => name === variable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  return {
    ...spec,
    hostname,
    containers: spec.containers.map(told),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(told) }),
  };
}

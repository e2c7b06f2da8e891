/**
 * How many pods a Job is to have now, and which: what is missing is made, what is too much goes. Of an Indexed Job these go in
 * any case: a second pod of an index, and one whose index does not exist (any more). The limits and the order are those of
 * Kubernetes' job controller.
 */
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
import { isActive } from "../availability.ts";
import { burst } from "../burst.ts";
import { byActiveOrder } from "../victims.ts";
import { Indexes, indexAnnotation, indexOf } from "./indexes.ts";
import { trackingFinalizer } from "./tracking.ts";
import { failureAnnotations, lastFailureOfEach, nextTryAt } from "./tries.ts";

/** What is to be done about the pods. */
export interface Plan {
  readonly create: readonly Draft<Pod>[];
  readonly remove: readonly Pod[];
  /** When more may be created, in milliseconds since 1970, where failures are waited for. */
  readonly waitUntil?: number;
}

/** The length to which a server cuts `generateName`. */
const longestGenerateName = 58;

/** `startsAt`: when the next pod may start, where its index has no limit of its own. Times in milliseconds since 1970. */
export function planPods(
  job: Job,
  status: JobStatus,
  pods: readonly Pod[],
  { now, startsAt }: { readonly now: number; readonly startsAt: number },
): Plan {
  const active = pods.filter(isActive);
  const wanted = wantedNow(job, status, active.length);
  const waits = job.spec.podReplacementPolicy === "Failed";
  const inTheWay = waits ? pods.filter(pod => isTerminating(pod) && !hasEnded(pod)) : [];
  const remove = tooMany(job, active, active.length - wanted).slice(0, burst);
  if (remove.length > 0) return { create: [], remove };
  const missing = Math.min(burst, wanted - active.length - inTheWay.length);
  if (missing <= 0) return { create: [], remove: [] };
  const isOwnLimit = job.spec.backoffLimitPerIndex !== undefined;
  if (!isOwnLimit && startsAt > now) return { create: [], remove: [], waitUntil: startsAt };
  if (job.spec.completionMode === "Indexed")
    return planIndexes(job, status, pods, [...active, ...inTheWay], missing, now);
  return { create: Array.from({ length: missing }, () => podOf(job)), remove: [] };
}

function wantedNow({ spec }: Job, { succeeded = 0, failedIndexes }: JobStatus, active: number): number {
  const { parallelism = 1, completions } = spec;
  // The pods of a work queue know themselves when nothing is left: after the first success no more are started.
  if (completions === undefined) return succeeded > 0 ? active : parallelism;
  const lost = Indexes.parse(failedIndexes, completions).size;
  return Math.max(0, Math.min(parallelism, completions - succeeded - lost));
}

/** Those to remove, at least so many: first, of an Indexed Job, those that no index wants. */
function tooMany({ spec }: Job, active: readonly Pod[], surplus: number): Pod[] {
  const isIndexed = spec.completionMode === "Indexed";
  if (!isIndexed && surplus <= 0) return [];
  const inOrder = active.toSorted(byActiveOrder);
  const kept = new Map<number, Pod>();
  const unwanted = new Set<Pod>();
  if (isIndexed) {
    for (const pod of inOrder.toReversed()) {
      const index = indexOf(pod, spec.completions);
      if (index === undefined || kept.has(index)) unwanted.add(pod);
      else kept.set(index, pod);
    }
  }
  const others = inOrder.filter(pod => !unwanted.has(pod));
  return [...unwanted, ...others.slice(0, Math.max(0, surplus - unwanted.size))];
}

/** The lowest indexes that have no pod `there` and are not done. An index that failed waits for itself, where each has its own limit. */
function planIndexes(
  job: Job,
  status: JobStatus,
  pods: readonly Pod[],
  there: readonly Pod[],
  missing: number,
  now: number,
): Plan {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  const done = Indexes.parse(status.completedIndexes, completions)
    .and(Indexes.parse(status.failedIndexes, completions))
    .with(there.flatMap(pod => indexOf(pod) ?? []));
  const isOwnLimit = backoffLimitPerIndex !== undefined;
  const lastFailures = isOwnLimit ? lastFailureOfEach(job, pods) : new Map<number, Pod>();
  const create: Draft<Pod>[] = [];
  let waitUntil: number | undefined;
  const next = (index: number) => done.firstMissing(index);
  for (let index = next(0); index < completions && create.length < missing; index = next(index + 1)) {
    const last = lastFailures.get(index);
    const startsAt = last ? nextTryAt(last) : 0;
    if (startsAt > now) {
      waitUntil = Math.min(waitUntil ?? startsAt, startsAt);
      continue;
    }
    create.push(podOf(job, index, isOwnLimit ? failureAnnotations(job, last) : {}));
  }
  return { create, remove: [], ...(waitUntil !== undefined && { waitUntil }) };
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
      generateName: index === undefined ? `${name}-` : generateNameOf(name, index),
      labels: { ...metadata.labels, ...mark },
      annotations: { ...metadata.annotations, ...mark, ...more },
      finalizers: [...(metadata.finalizers ?? []), trackingFinalizer],
      ownerReferences: [ownedBy(job)],
    },
    spec: index === undefined ? spec : indexedSpec(spec, `${name}-${index}`),
  };
}

/** A long name is cut so that the index stays. */
function generateNameOf(name: string, index: number): string {
  const end = `-${index}-`;
  return `${name.slice(0, longestGenerateName - end.length)}${end}`;
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

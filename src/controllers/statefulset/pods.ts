/**
 * The pods of a StatefulSet: `db-0`, `db-1`, …, each with a name, a place in the network and claims of its own that it keeps.
 * Here is how they are made, which there should be, and what is to be done next: one after another, or all at once
 * (`Parallel`), from the lowest up, and away, or to another template, from the highest down.
 */
import {
  type Draft,
  hasEnded,
  isTerminating,
  type OwnerReference,
  ownedBy,
  type PersistentVolumeClaim,
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
  type Volume,
} from "../../resources/index.ts";
import { availableInMs } from "../availability.ts";
import { burst } from "../burst.ts";
import { revisionLabel } from "../controller-revisions.ts";
import { countOf } from "../count-or-share.ts";

/** What to do next, and when to look again though nothing changes. */
export interface Plan {
  readonly create: readonly number[];
  readonly remove: readonly Pod[];
  /** In milliseconds. */
  readonly again?: number;
}

/** The ordinal in a name; -1 where there is none. */
export function ordinalOf(set: StatefulSet, { metadata: { name } }: Pod): number {
  const end = name.startsWith(`${set.metadata.name}-`) ? name.slice(set.metadata.name.length + 1) : "";
  return /^(0|[1-9]\d{0,9})$/.test(end) ? Number(end) : -1;
}

function startOf({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

export function planPods(set: StatefulSet, pods: readonly Pod[], updateRevision: string, now: number): Plan {
  const first = startOf(set);
  const end = first + (set.spec.replicas ?? 1);
  const byOrdinal = new Map(pods.map(pod => [ordinalOf(set, pod), pod]));
  const inOrder = set.spec.podManagementPolicy !== "Parallel";
  const create: number[] = [];
  const remove: Pod[] = [];
  let waitsFor: number | undefined;
  for (let ordinal = first; ordinal < end && create.length < burst; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) create.push(ordinal);
    else if (hasEnded(pod) && !isTerminating(pod)) remove.push(pod);
    else if (inOrder) waitsFor = availableIn(set, pod, now);
    if (inOrder && (create.length > 0 || remove.length > 0)) return { create, remove };
    if (waitsFor !== undefined && waitsFor > 0) return withWait(waitsFor);
  }
  const condemned = pods
    .filter(pod => ordinalOf(set, pod) < first || ordinalOf(set, pod) >= end)
    .toSorted((one, other) => ordinalOf(set, other) - ordinalOf(set, one));
  // The lowest that is not available may go as it is; one above it has to be available again first, as in Kubernetes.
  const unavailable = condemned.findLast(pod => availableIn(set, pod, now) > 0);
  for (const pod of condemned) {
    const waitMs = availableIn(set, pod, now);
    if (inOrder && waitMs > 0 && pod !== unavailable && !isTerminating(pod)) return withWait(waitMs);
    if (!isTerminating(pod)) remove.push(pod);
    if (inOrder) return { create, remove };
  }
  if (create.length === burst) return { create, remove, again: 0 };
  if (create.length > 0 || remove.length > 0) return { create, remove };
  return planUpdate(set, byOrdinal, updateRevision, end, now);
}

/**
 * From the highest down to the partition, one pod at a time, the next when it is available again; or as many at once as
 * `maxUnavailable` says, those that are not available for other reasons among them.
 */
function planUpdate(
  set: StatefulSet,
  byOrdinal: ReadonlyMap<number, Pod>,
  updateRevision: string,
  end: number,
  now: number,
): Plan {
  if (set.spec.updateStrategy?.type === "OnDelete") return { create: [], remove: [] };
  const last = startOf(set) + partitionOf(set);
  const { maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {};
  if (maxUnavailable !== undefined) {
    const ordinals = Array.from({ length: end - startOf(set) }, (_, i) => end - 1 - i);
    const found = ordinals.map(ordinal => byOrdinal.get(ordinal));
    const waits = found.map(pod => (pod ? availableIn(set, pod, now) : Number.POSITIVE_INFINITY));
    const missing = waits.filter(ms => ms > 0);
    const free = Math.max(1, countOf(maxUnavailable, ordinals.length, Math.floor)) - missing.length;
    const outdated = found.filter(
      pod =>
        pod !== undefined &&
        ordinalOf(set, pod) >= last &&
        !isTerminating(pod) &&
        pod.metadata.labels?.[revisionLabel] !== updateRevision,
    );
    if (free > 0 && outdated.length > 0)
      return { create: [], remove: outdated.slice(0, free).filter(pod => pod !== undefined) };
    return missing.length > 0 ? withWait(Math.min(...missing)) : { create: [], remove: [] };
  }
  for (let ordinal = end - 1; ordinal >= last; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (!pod || isTerminating(pod)) return { create: [], remove: [] };
    if (pod.metadata.labels?.[revisionLabel] !== updateRevision) return { create: [], remove: [pod] };
    const waitsFor = availableIn(set, pod, now);
    if (waitsFor > 0) return withWait(waitsFor);
  }
  return { create: [], remove: [] };
}

function partitionOf({ spec }: StatefulSet): number {
  return spec.updateStrategy?.rollingUpdate?.partition ?? 0;
}

/** Whether the pod of this ordinal stays with the template before. */
export function keepsTemplate(set: StatefulSet, ordinal: number): boolean {
  return set.spec.updateStrategy?.type !== "OnDelete" && ordinal < startOf(set) + partitionOf(set);
}

function withWait(ms: number): Plan {
  return Number.isFinite(ms) ? { create: [], remove: [], again: ms } : { create: [], remove: [] };
}

/** How long until the pod counts as available; 0 where it does, infinite where it is not ready or goes. */
export function availableIn({ spec }: StatefulSet, pod: Pod, now: number): number {
  return isTerminating(pod) ? Number.POSITIVE_INFINITY : availableInMs(pod, spec.minReadySeconds, now);
}

/** The pod of an ordinal, made from this template. */
export function podOf(
  set: StatefulSet,
  ordinal: number,
  template: PodTemplateSpec,
  revision: string,
): Draft<Pod> {
  const { name: setName, namespace } = set.metadata;
  const name = `${setName}-${ordinal}`;
  const { metadata = {}, spec } = template;
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = claims.map(claim => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  const names = new Set(claimed.map(volume => volume.name));
  const volumes: Volume[] = [...claimed, ...(spec.volumes ?? []).filter(volume => !names.has(volume.name))];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      annotations: metadata.annotations,
      finalizers: metadata.finalizers,
      labels: {
        ...metadata.labels,
        ...identityOf(set, ordinal),
        [revisionLabel]: revision,
      },
      ownerReferences: [ownedBy(set)],
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

/** The label by which one pod of a set can be selected. */
export const podNameLabel = "statefulset.kubernetes.io/pod-name";

/** The labels that say which pod of its set it is. */
export function identityOf({ metadata: { name } }: StatefulSet, ordinal: number): Record<string, string> {
  return { "apps.kubernetes.io/pod-index": String(ordinal), [podNameLabel]: `${name}-${ordinal}` };
}

/** The claims of a pod: they are made before it, and outlive it. What they go with is written on them afterwards (`claimOwner`). */
export function claimsOf(set: StatefulSet, ordinal: number): Draft<PersistentVolumeClaim>[] {
  const { name, namespace } = set.metadata;
  return (set.spec.volumeClaimTemplates ?? []).map(claim => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: claimName(claim, `${name}-${ordinal}`),
      namespace,
      labels: { ...claim.metadata.labels, ...set.spec.selector.matchLabels },
      annotations: claim.metadata.annotations,
    },
    spec: claim.spec,
  }));
}

/**
 * What the claims of a pod go with, beside what a user says: the pod, where the set has become too small for it, or the set.
 * Of two owners both would have to go, so it is one of them.
 */
export function claimOwner(set: StatefulSet, pod: Pod, isCondemned: boolean): OwnerReference | undefined {
  const { whenScaled, whenDeleted } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (isCondemned && whenScaled === "Delete") return ownedBy(pod);
  return whenDeleted === "Delete" ? ownedBy(set) : undefined;
}

function claimName({ metadata }: PersistentVolumeClaim, pod: string): string {
  return `${metadata.name}-${pod}`;
}

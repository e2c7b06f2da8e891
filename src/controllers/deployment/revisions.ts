/**
 * The revisions of a Deployment: each template that it ever had is a ReplicaSet, which is kept at zero replicas so that one can
 * go back to it. The newest in use has the highest number, in the annotation `deployment.kubernetes.io/revision`; `kubectl
 * rollout history` and `undo` read them there. Here it is decided which set is the new one, and what is written on it.
 */
import { type Deployment, type Draft, isSame, ownedBy, type ReplicaSet } from "../../resources/index.ts";
import { isSameTemplate, templateHash } from "../template-hash.ts";
import { maxSurge, oldestFirst, replicasOf } from "./sizes.ts";

const prefix = "deployment.kubernetes.io/";
export const revisionAnnotation = `${prefix}revision`;
const historyAnnotation = `${prefix}revision-history`;
const desiredAnnotation = `${prefix}desired-replicas`;
const maxAnnotation = `${prefix}max-replicas`;
/** What a Deployment does not pass on to its sets. */
const notPassedOn: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
]);

/** The label that tells the pods of one template from those of another. */
const hashLabel = "pod-template-hash";

/** The most characters that the list of earlier numbers of a set may have. */
const longestHistory = 2_000;

/** The sets of a Deployment: the one of its present template, where there is one, and all others, oldest first. */
export interface Revisions {
  readonly current?: ReplicaSet;
  readonly others: readonly ReplicaSet[];
}

export function revisionsOf(deployment: Deployment, sets: readonly ReplicaSet[]): Revisions {
  const sorted = sets.toSorted(oldestFirst);
  const current = sorted.find(set => isMadeFrom(set, deployment));
  return { ...(current && { current }), others: sorted.filter(set => set !== current) };
}

/** Whether the set was made from the Deployment's template. */
export function isMadeFrom(set: ReplicaSet, { spec: { template } }: Deployment): boolean {
  return isSameTemplate(withoutHash(set.spec.template), withoutHash(template));
}

/** The template as the Deployment has it. Made once for each: they are compared at every run. */
function withoutHash(template: ReplicaSet["spec"]["template"]): object {
  const known = bare.get(template);
  if (known) return known;
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  const without = { ...template, metadata: { ...template.metadata, labels } };
  bare.set(template, without);
  return without;
}

const bare = new WeakMap<object, object>();

/** The number of the set, which has 64 bits in Kubernetes; 0 where it has none. */
export function revisionNumber({ metadata }: ReplicaSet): bigint {
  return numberOf(metadata.annotations?.[revisionAnnotation]);
}

function numberOf(text = ""): bigint {
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** The number that the set in use is to have. */
export function nextNumber({ others }: Revisions): bigint {
  let highest = 0n;
  for (const number of others.map(revisionNumber)) if (number > highest) highest = number;
  return highest + 1n;
}

/** A set for the present template, with its first replicas. */
export function newSet(deployment: Deployment, revisions: Revisions, replicas: number): Draft<ReplicaSet> {
  const { metadata, spec, status } = deployment;
  const { template, selector, minReadySeconds } = spec;
  const hash = templateHash(template, status?.collisionCount);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: {
        ...passedOn(deployment),
        ...sizeAnnotations(deployment),
        [revisionAnnotation]: String(nextNumber(revisions)),
      },
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The set in use as it is to be marked: with the Deployment's annotations, and the highest number. The same set if it is so. */
export function marked(set: ReplicaSet, deployment: Deployment, number: bigint): ReplicaSet {
  const before = set.metadata.annotations ?? {};
  const { minReadySeconds } = deployment.spec;
  const annotations = { ...before, ...passedOn(deployment), ...renumbered(before, number) };
  const isAnnotated = isSame(annotations, before);
  if (isAnnotated && (set.spec.minReadySeconds ?? 0) === (minReadySeconds ?? 0)) return set;
  return {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, minReadySeconds },
  };
}

/** A set that is used again gets a new number, and remembers those that it had. */
function renumbered(before: Readonly<Record<string, string>>, number: bigint): Record<string, string> {
  const own = before[revisionAnnotation];
  if (numberOf(own) >= number) return {};
  if (own === undefined) return { [revisionAnnotation]: String(number) };
  const numbers = [...(before[historyAnnotation]?.split(",") ?? []), own];
  while (numbers.join(",").length > longestHistory && numbers.length > 1) numbers.shift();
  return { [revisionAnnotation]: String(number), [historyAnnotation]: numbers.join(",") };
}

function passedOn({ metadata: { annotations = {} } }: Deployment): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !notPassedOn.has(name)));
}

/** What a set remembers of the Deployment's size, so that it is noticed when that changes in the middle of a roll-out. */
function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = replicasOf(deployment);
  const most = replicas + maxSurge(deployment);
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(most) };
}

/** The set with another number of replicas. The same set where nothing changes. */
export function scaled(set: ReplicaSet, deployment: Deployment, replicas: number): ReplicaSet {
  const before = set.metadata.annotations ?? {};
  const annotations = { ...before, ...sizeAnnotations(deployment) };
  if (replicas === replicasOf(set) && isSame(annotations, before)) return set;
  return { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
}

/** How many replicas the Deployment wanted when the set was last scaled; undefined where nobody knows. */
export function desiredBefore(set: ReplicaSet): number | undefined {
  return numberIn(set, desiredAnnotation);
}

/** How many pods the Deployment might have had at most when the set was last scaled. */
export function mostBefore(set: ReplicaSet): number | undefined {
  return numberIn(set, maxAnnotation);
}

function numberIn({ metadata }: ReplicaSet, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

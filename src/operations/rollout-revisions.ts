/**
 * The templates that a workload has had, read from what keeps them: a Deployment's ReplicaSets, and the ControllerRevisions of the
 * others. For `cluster.rollout` and for `k4s rollout`, which knows them from the API alone; so nothing is loaded for it.
 */
import { ApiError } from "../errors/index.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  KubernetesObject,
  ObjectMeta,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from "../resources/index.ts";

/** What has a template that is rolled out. */
export type RolledOut = Deployment | StatefulSet | DaemonSet;

/** A template that a workload has had. */
export interface RolloutRevision {
  readonly revision: number;
  /** Of the ReplicaSet or ControllerRevision that keeps it. */
  readonly name: string;
  /** What the annotation `kubernetes.io/change-cause` said. */
  readonly changeCause?: string;
  readonly template: PodTemplateSpec;
}

/** What keeps a template: of a Deployment its ReplicaSets, of the others ControllerRevisions. */
export type Keeper = ReplicaSet | ControllerRevision;

/** The kind of what keeps a workload's templates. */
export function keeperOf({ kind }: Pick<KubernetesObject, "kind">): Keeper["kind"] {
  return kind === "Deployment" ? "ReplicaSet" : "ControllerRevision";
}

/** The templates that are remembered, oldest first. @param keepers all in the workload's namespace */
export function revisionsOf(workload: RolledOut, keepers: readonly Keeper[]): RolloutRevision[] {
  const { uid } = workload.metadata;
  return keepers
    .filter(({ metadata }) => metadata.ownerReferences?.some(owner => owner.uid === uid) ?? false)
    .map(revisionIn)
    .sort((one, other) => one.revision - other.revision);
}

/**
 * The revision that a workload goes back to; undefined where it has that template already.
 * Throws NotFound where it is not remembered, BadRequest while the roll-out is paused.
 * @param toRevision the one before the present one where left out
 */
export function revisionToRestore(
  workload: RolledOut,
  revisions: readonly RolloutRevision[],
  toRevision = revisions.at(-2)?.revision,
): RolloutRevision | undefined {
  const { kind, metadata } = workload;
  const { name } = metadata;
  if (workload.kind === "Deployment" && workload.spec.paused)
    throw new ApiError("BadRequest", `cannot roll back ${kind} ${name} while it is paused: resume it first`);
  const wanted = revisions.find(({ revision }) => revision === toRevision);
  if (!wanted) {
    const which = toRevision === undefined ? "no earlier revision" : `no revision ${toRevision}`;
    const known = revisions.map(({ revision }) => revision).join(", ");
    throw new ApiError("NotFound", `${kind} ${name} remembers ${which}; there are ${known || "none"}`, {
      kind,
      name,
    });
  }
  return wanted === revisions.at(-1) ? undefined : wanted;
}

/**
 * The JSON patch that goes back to a revision. The template is replaced as a whole, as what the present one has besides must go,
 * and nothing else, as it may have changed since it was read. Refused where the workload is another one by now.
 */
export function patchToRestore({ metadata }: RolledOut, { template }: RolloutRevision) {
  return [
    { op: "test", path: "/metadata/uid", value: metadata.uid },
    { op: "replace", path: "/spec/template", value: template },
  ];
}

function revisionIn(keeper: Keeper): RolloutRevision {
  const { metadata } = keeper;
  if (keeper.kind === "ControllerRevision")
    return { ...named(metadata, keeper.revision), template: templateIn(keeper) };
  const { template } = keeper.spec;
  const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
  return {
    ...named(metadata, Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0)),
    template: { ...template, metadata: { ...template.metadata, labels } },
  };
}

/** It is kept as the strategic merge patch that replaces the template. */
function templateIn({ data }: ControllerRevision): PodTemplateSpec {
  const { spec } = data as {
    readonly spec: { readonly template: PodTemplateSpec & { readonly $patch?: string } };
  };
  const { $patch: _, ...template } = spec.template;
  return template;
}

function named({ name, annotations }: ObjectMeta, revision: number) {
  const changeCause = annotations?.["kubernetes.io/change-cause"];
  return { revision, name, ...(changeCause !== undefined && { changeCause }) };
}

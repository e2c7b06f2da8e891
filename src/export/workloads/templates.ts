/**
 * What has pods, with the template that they are made of and the names that they have: so that it can be said which Services select them.
 * Containers and copied ReplicaSets, which only k4s has, become ordinary workloads here, with pods of the same names where that can be.
 */
import type { JsonMap } from "../../resources/index.ts";
import type { Notes } from "../notes.ts";
import { type ApiObject, groupOf, listAt, mapAt, nameOf, withFields, without } from "../objects/index.ts";
import { exportedClaimTemplate } from "./claims.ts";
import { containerAsWorkload, copiesAsWorkload } from "./short-forms.ts";
import { ordinals, type Workload } from "./workload.ts";

const hasTemplate: ReadonlySet<string> = new Set([
  "DaemonSet",
  "Deployment",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
]);

export interface Around {
  readonly all: readonly ApiObject[];
  readonly notes: Notes;
}

/** Undefined for what has no pods. */
export function workloadOf(object: ApiObject, { all, notes }: Around): Workload | undefined {
  const { kind } = object;
  const about = nameOf(object);
  if (kind === "Container" && groupOf(object) === "k4s.dev")
    return containerAsWorkload(object, about, all, notes);
  if (kind === "Pod") {
    return {
      object,
      about,
      template: { metadata: object.metadata, spec: withClaims(mapAt(object, "spec"), all) },
      with: template => withFields(object, template),
      pods: [object.metadata.name],
      name: undefined,
      hasOrdinals: false,
    };
  }
  if (kind === "CronJob") {
    const jobTemplate = mapAt(object, "spec", "jobTemplate");
    const job = mapAt(jobTemplate, "spec");
    const spec = (template: JsonMap) => ({
      ...mapAt(object, "spec"),
      jobTemplate: { ...jobTemplate, spec: { ...job, template } },
    });
    return usual(
      object,
      about,
      mapAt(job, "template"),
      template => ({ ...object, spec: spec(template) }),
      all,
    );
  }
  if (!hasTemplate.has(kind)) return undefined;
  if (kind === "ReplicaSet" && object.apiVersion === "apps/v1") {
    const set = copiesAsWorkload(object, about, all, notes);
    if (set !== "pods") return set;
  }
  const spec = declaredSpec(kind, mapAt(object, "spec"), all);
  return usual(
    object,
    about,
    mapAt(spec, "template"),
    template => ({ ...object, spec: { ...spec, template } }),
    all,
  );
}

/** Without the classes of ours in claims that a StatefulSet makes, and without the selector that a Job was given. */
function declaredSpec(kind: string, spec: JsonMap, all: readonly ApiObject[]): JsonMap {
  if (kind === "Job" && spec.manualSelector !== true) return without(spec, "selector");
  if (spec.volumeClaimTemplates === undefined) return spec;
  const templates = listAt(spec, "volumeClaimTemplates").map(each => exportedClaimTemplate(each, all));
  return { ...spec, volumeClaimTemplates: templates };
}

function usual(
  object: ApiObject,
  about: string,
  template: JsonMap,
  withTemplate: (template: JsonMap) => ApiObject,
  all: readonly ApiObject[],
): Workload {
  const hasOrdinals = object.kind === "StatefulSet";
  return {
    object,
    about,
    template: { metadata: mapAt(template, "metadata"), spec: withClaims(mapAt(template, "spec"), all) },
    with: withTemplate,
    pods: hasOrdinals ? ordinals(object) : podsOf(object, all),
    name: undefined,
    hasOrdinals,
  };
}

/** The same in volumes that live as long as their pod. */
function withClaims(spec: JsonMap, all: readonly ApiObject[]): JsonMap {
  if (!listAt(spec, "volumes").some(({ ephemeral }) => ephemeral !== undefined)) return spec;
  const volumes = listAt(spec, "volumes").map(volume => {
    if (volume.ephemeral === undefined) return volume;
    const template = mapAt(volume.ephemeral, "volumeClaimTemplate");
    return { ...volume, ephemeral: { volumeClaimTemplate: exportedClaimTemplate(template, all) } };
  });
  return { ...spec, volumes };
}

/** Those that there are, through whatever owners; else a name as they would have. */
function podsOf({ metadata }: ApiObject, all: readonly ApiObject[]): string[] {
  const owners = new Set([metadata.uid]);
  const pods: string[] = [];
  // Owners come in no order: three rounds reach a CronJob's pods.
  for (let round = 0; round < 3; round++)
    for (const each of all) {
      const references = each.metadata.ownerReferences;
      if (!Array.isArray(references) || each.metadata.uid === undefined || owners.has(each.metadata.uid))
        continue;
      if (!references.some(reference => owners.has(mapAt(reference).uid as string))) continue;
      owners.add(each.metadata.uid);
      if (each.kind === "Pod") pods.push(each.metadata.name);
    }
  return pods.length > 0 ? pods : [`${metadata.name}-xxxxx`];
}

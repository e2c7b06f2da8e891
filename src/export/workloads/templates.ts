/**
 * What has pods, with the template that they are made of and the names that they have: so that it can be said which Services select them.
 * Containers and copied ReplicaSets, which only k4s has, become ordinary workloads here, with pods of the same names where that can be.
 */
import {
  type Container,
  copiedContainer,
  type Draft,
  type JsonMap,
  jsonOf,
  podFromContainer,
  type ReplicaSet,
} from "../../resources/index.ts";
import type { Notes } from "../notes.ts";
import { type ApiObject, mapAt, nameOf, textAt, textsIn, withFields } from "../objects/index.ts";

export interface Workload {
  /** The object as it is declared, or as what it becomes, without its template. */
  readonly object: ApiObject;
  /** As notes name it, by what it was. */
  readonly about: string;
  readonly template: { readonly metadata: JsonMap; readonly spec: JsonMap };
  /** The object with this template. */
  with(template: JsonMap): ApiObject;
  /** What its pods are called, as far as that is certain. */
  readonly pods: readonly string[];
  /** As what k4s knew its one pod, where that gets another name. */
  readonly name: string | undefined;
  /** Its pods can be told apart by their names. */
  readonly hasOrdinals: boolean;
}

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
  if (kind === "Container") return containers(object, about, notes);
  if (kind === "Pod") {
    return {
      object,
      about,
      template: { metadata: object.metadata, spec: mapAt(object, "spec") },
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
    const set = copies(object, about, all, notes);
    if (set !== "pods") return set;
  }
  const spec = mapAt(object, "spec");
  return usual(
    object,
    about,
    mapAt(spec, "template"),
    template => ({ ...object, spec: { ...spec, template } }),
    all,
  );
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
    template: { metadata: mapAt(template, "metadata"), spec: mapAt(template, "spec") },
    with: withTemplate,
    pods: hasOrdinals ? ordinals(object) : podsOf(object, all),
    name: undefined,
    hasOrdinals,
  };
}

/** A Container keeps one pod of its name: a Deployment keeps one too, whose name has an end; one that is to end is a Job. */
function containers(object: ApiObject, about: string, notes: Notes): Workload {
  const { name } = object.metadata;
  const pod = podFromContainer(object as never as Draft<Container>);
  const spec = jsonOf(pod.spec) as JsonMap;
  const restartPolicy = textAt(spec, "restartPolicy") ?? "Always";
  const own = { "k4s.dev/container": name };
  const labels = { ...textsIn(mapAt(object.metadata, "labels")), ...own };
  const isJob = restartPolicy !== "Always";
  notes.add(
    about,
    isJob
      ? `it goes along as a Job of its name: with restartPolicy ${restartPolicy} it ends`
      : `it goes along as a Deployment of one replica: its pod's name gets an end, and messages to ${name} reach it all the same`,
  );
  const controlled: JsonMap & { readonly spec: JsonMap } = isJob
    ? { apiVersion: "batch/v1", kind: "Job", spec: { backoffLimit: restartPolicy === "Never" ? 0 : 6 } }
    : {
        apiVersion: "apps/v1",
        kind: "Deployment",
        spec: { replicas: 1, strategy: { type: "Recreate" }, selector: { matchLabels: own } },
      };
  return {
    object: withFields(object, controlled, "spec", "status"),
    about,
    template: { metadata: { labels }, spec },
    with: template => withFields(object, { ...controlled, spec: { ...controlled.spec, template } }, "status"),
    pods: [name],
    name,
    hasOrdinals: false,
  };
}

/** A set of copies, `calc-0`, `calc-1`, …, that are replaced one after the other, is what Kubernetes calls a StatefulSet. */
function copies(
  object: ApiObject,
  about: string,
  all: readonly ApiObject[],
  notes: Notes,
): Workload | "pods" | undefined {
  const copied = copiedContainer(object as never as ReplicaSet);
  if (copied.form === "pods") return "pods";
  const spec = mapAt(object, "spec");
  const { name, namespace } = object.metadata;
  let podSpec = mapAt(spec, "template", "spec");
  if (copied.form === "named") {
    const found = all.find(
      each =>
        each.kind === "Container" &&
        each.metadata.name === copied.container &&
        each.metadata.namespace === namespace,
    );
    if (!found) {
      notes.add(about, `it is left out: it copies the Container ${copied.container}, which is not there`);
      return undefined;
    }
    podSpec = jsonOf(podFromContainer(found as never as Draft<Container>).spec) as JsonMap;
  }
  notes.add(about, `it goes along as a StatefulSet, whose pods are called ${name}-0, ${name}-1, … too`);
  const set = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: object.metadata,
    spec: { replicas: spec.replicas ?? 1, podManagementPolicy: "Parallel", selector: spec.selector },
  };
  return {
    object: set as ApiObject,
    about,
    template: { metadata: mapAt(spec, "template", "metadata"), spec: podSpec },
    with: template => ({ ...set, spec: { ...set.spec, template } }) as ApiObject,
    pods: ordinals(set as ApiObject),
    name: undefined,
    hasOrdinals: true,
  };
}

function ordinals(object: ApiObject): string[] {
  const spec = mapAt(object, "spec");
  const first = Number(mapAt(spec, "ordinals").start ?? 0);
  const count = Math.max(1, Number(spec.replicas ?? 1));
  return Array.from({ length: count }, (_, i) => `${object.metadata.name}-${first + i}`);
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

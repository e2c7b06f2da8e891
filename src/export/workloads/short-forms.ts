/**
 * The short forms of k4s as ordinary workloads: a Container, which keeps one pod of its name, and a ReplicaSet of copies, whose pods are
 * called after it with a number.
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
import { type ApiObject, mapAt, textAt, textsIn, withFields } from "../objects/index.ts";
import { ordinals, type Workload } from "./workload.ts";

/** A Container keeps one pod of its name: a Deployment keeps one too, whose name has an end; one that is to end is a Job. */
export function containerAsWorkload(
  object: ApiObject,
  about: string,
  all: readonly ApiObject[],
  notes: Notes,
): Workload {
  const { name } = object.metadata;
  const pod = podFromContainer(object as never as Draft<Container>);
  const spec = jsonOf(pod.spec) as JsonMap;
  const restartPolicy = textAt(spec, "restartPolicy") ?? "Always";
  const own = { "k4s.dev/container": name };
  const labels = { ...textsIn(mapAt(object.metadata, "labels")), ...own };
  const isJob = restartPolicy !== "Always";
  const free = freeName(isJob ? "Job" : "Deployment", object, all);
  const metadata = { ...object.metadata, name: free };
  notes.add(
    about,
    isJob
      ? `it goes along as the Job ${free}: with restartPolicy ${restartPolicy} it ends`
      : `it goes along as the Deployment ${free} of one replica: its pod's name gets an end, and messages to ${name} reach it all the same`,
  );
  const controlled: JsonMap & { readonly spec: JsonMap } = isJob
    ? {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata,
        spec: { backoffLimit: restartPolicy === "Never" ? 0 : 6 },
      }
    : {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
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

/** Whether a ReplicaSet is one of those that go along as a StatefulSet. */
export function isOfCopies(object: ApiObject): boolean {
  return copiedContainer(object as never as ReplicaSet).form !== "pods";
}

/** A set of copies, `calc-0`, `calc-1`, …, that are replaced one after the other, is what Kubernetes calls a StatefulSet. */
export function copiesAsWorkload(
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
  const free = freeName("StatefulSet", object, all);
  notes.add(
    about,
    `it goes along as the StatefulSet ${free}, whose pods are called ${free}-0, ${free}-1 and so on`,
  );
  const set = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { ...object.metadata, name: free },
    spec: { replicas: spec.replicas ?? 1, podManagementPolicy: "Parallel", selector: spec.selector },
  };
  return {
    object: set as ApiObject,
    about,
    template: { metadata: mapAt(spec, "template", "metadata"), spec: podSpec },
    with: template => ({ ...set, spec: { ...set.spec, template } }) as ApiObject,
    // As they are called here: Services choose them by that.
    pods: ordinals({ ...set, metadata: object.metadata } as ApiObject),
    name: undefined,
    hasOrdinals: free === name,
  };
}

/** Its own name, unless another object of that kind has it. */
function freeName(kind: string, { metadata }: ApiObject, all: readonly ApiObject[]): string {
  let name = metadata.name;
  const isTaken = (each: ApiObject) =>
    each.kind === kind && each.metadata.name === name && each.metadata.namespace === metadata.namespace;
  while (all.some(isTaken)) name = `${name}-k4s`;
  return name;
}

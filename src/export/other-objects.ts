/** Objects that have no pods: what is left out of each, and what another cluster has to be told or to have. */
import type { JsonMap } from "../resources/index.ts";
import type { Notes } from "./notes.ts";
import {
  type ApiObject,
  groupOf,
  listAt,
  mapAt,
  nameOf,
  textAt,
  withFields,
  without,
} from "./objects/index.ts";
import { exportedClaimSpec, isOfCopies } from "./workloads/index.ts";

interface Around {
  readonly all: readonly ApiObject[];
  readonly notes: Notes;
}

/** Undefined: it is left out, and the notes say why, unless something else brings it again. */
export function otherObject(object: ApiObject, { all, notes }: Around): ApiObject | undefined {
  const about = nameOf(object);
  const { kind } = object;
  const group = groupOf(object);
  const spec = mapAt(object, "spec");
  if (group === "gateway.networking.k8s.io")
    notes.add(
      group,
      "its definitions come along with k4s and not with Kubernetes: the other cluster has to have them",
    );
  switch (kind) {
    case "Namespace":
      return withFields(object, {}, "spec");
    case "ServiceAccount":
      return withFields(object, {}, "secrets");
    case "Secret":
      notes.add(
        "Secrets",
        "they are in the manifests as in the cluster, readable by whoever reads the folder",
      );
      return object;
    case "PersistentVolumeClaim":
      return claim(object, all, notes);
    case "PersistentVolume":
      if (spec.hostPath !== undefined || spec.local !== undefined)
        notes.add(about, "it is a folder of this machine, which nodes elsewhere do not have");
      return withFields(object, { spec: without(spec, "claimRef") });
    case "VolumeSnapshot":
    case "VolumeSnapshotContent":
      notes.add(about, "it is left out: what it holds lies in a folder of this machine");
      return undefined;
    case "HorizontalPodAutoscaler":
      return autoscaler(object, about, all, notes);
    case "HTTPRoute":
    case "GRPCRoute":
      if (listAt(spec, "parentRefs").some(parent => parent.kind === "Service"))
        notes.add(
          about,
          "it leads what pods send to a Service: there a mesh has to do that, and it does not hold for messages",
        );
      return object;
    case "VolumeSnapshotClass":
      notes.add(about, "it is left out, for snapshots are");
      return undefined;
    case "Gateway":
    case "Ingress":
      tellOfClass(object, spec, about, notes);
      return object;
    case "Endpoints":
    case "EndpointSlice":
      if (/"(127\.|::1)/.test(JSON.stringify(object)))
        notes.add(about, "it names addresses of this machine, which mean other machines elsewhere");
      return object;
    case "ClusterRole":
    case "Role":
      if (
        listAt(object, "rules").some(
          ({ apiGroups }) => Array.isArray(apiGroups) && apiGroups.includes("k4s.dev"),
        )
      )
        notes.add(about, "it gives rights on the group k4s.dev, which other clusters do not have");
      return object;
    case "MutatingWebhookConfiguration":
    case "ValidatingWebhookConfiguration":
      if (listAt(object, "webhooks").some(webhook => mapAt(webhook, "clientConfig").url !== undefined))
        notes.add(about, "a webhook is called at a URL, which has to be reached from the other cluster too");
      return object;
    default:
      return object;
  }
}

/** What the claim templates of a StatefulSet make anew is left out. */
function claim(object: ApiObject, all: readonly ApiObject[], notes: Notes): ApiObject | undefined {
  const { name, namespace } = object.metadata;
  const isOfSet = all.some(
    each =>
      each.kind === "StatefulSet" &&
      each.metadata.namespace === namespace &&
      listAt(mapAt(each, "spec"), "volumeClaimTemplates").some(({ metadata }) => {
        const stem = `${mapAt(metadata).name}-${each.metadata.name}-`;
        return name.startsWith(stem) && /^\d+$/.test(name.slice(stem.length));
      }),
  );
  notes.add("volumes", "claims go along and what is in them does not: copy it, or let programs fill them");
  if (isOfSet) return undefined;
  const spec = mapAt(object, "spec");
  const source = textAt(mapAt(spec, "dataSource"), "name") ?? textAt(mapAt(spec, "dataSourceRef"), "name");
  if (source !== undefined)
    notes.add(
      nameOf(object),
      `it begins empty there: ${source}, which it was made of, holds folders of this machine`,
    );
  return withFields(object, { spec: exportedClaimSpec(spec, all) });
}

const ordinaryMetrics: ReadonlySet<unknown> = new Set(["Resource", "ContainerResource"]);

function autoscaler(object: ApiObject, about: string, all: readonly ApiObject[], notes: Notes): ApiObject {
  const spec = mapAt(object, "spec");
  if (listAt(spec, "metrics").some(({ type }) => !ordinaryMetrics.has(type)))
    notes.add(
      about,
      "it follows metrics that workers report: there Prometheus has to read them at /metrics of the port in K4S_PORT, and an adapter has to serve custom.metrics.k8s.io",
    );
  const target = mapAt(spec, "scaleTargetRef");
  const set = all.find(
    each =>
      each.kind === "ReplicaSet" &&
      target.kind === "ReplicaSet" &&
      each.metadata.name === target.name &&
      each.metadata.namespace === object.metadata.namespace,
  );
  if (!set || !isOfCopies(set)) return object;
  // It goes along as a StatefulSet of its name.
  return withFields(object, { spec: { ...spec, scaleTargetRef: { ...target, kind: "StatefulSet" } } });
}

function tellOfClass({ kind }: ApiObject, spec: JsonMap, about: string, notes: Notes): void {
  const name = textAt(spec, kind === "Ingress" ? "ingressClassName" : "gatewayClassName");
  notes.add(
    about,
    name === undefined
      ? "here k4s serves it: the other cluster needs an ingress controller whose class is the default"
      : `it is of the class ${name}: the other cluster needs one of that name, with its controller`,
  );
}

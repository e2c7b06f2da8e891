/**
 * The short forms of a ReplicaSet. `spec: { container: calc, replicas: 3 }` copies a Container that is declared elsewhere;
 * `spec.template: { module, function, parameters, … }` copies one that is written right there. Both become an apps/v1
 * ReplicaSet that every Kubernetes client can read: annotations of its template keep what was meant.
 */

import type { ReplicaSet } from "../generated/kubernetes.gen.ts";
import { isList, isMap, type Json, type JsonMap, jsonOf } from "../json.ts";
import { type ContainerSpec, containerName, containerSpecOf, podSpecOf } from "../kinds/index.ts";
import type { Draft } from "../object.ts";
import { isSame } from "../sameness.ts";

/** The label by which a ReplicaSet in a short form selects its copies; its value is the set's name. */
const replicasetLabel = "k4s.dev/replicaset";
/** On a template: the Container that is copied. */
const containerAnnotation = "k4s.dev/container";
/** On a template: `Container` where what is copied is the template itself, as Containers with ordinal names. */
const copiesAnnotation = "k4s.dev/copies";
/** Stands in for the image of a Container that is looked up when it is copied. */
const placeholderImage = "k4s.dev/container";

/** What a ReplicaSet makes copies of: a Container by name, one written in the template, or, as in Kubernetes, pods. */
export type Copied =
  | { readonly form: "named"; readonly container: string }
  | { readonly form: "inline"; readonly spec: ContainerSpec }
  | { readonly form: "pods" };

/** What a stored ReplicaSet, in its full form, copies. */
export function copiedContainer(set: Pick<ReplicaSet, "spec"> | Draft<ReplicaSet>): Copied {
  const template = set.spec?.template;
  const annotations = template?.metadata?.annotations;
  const container = annotations?.[containerAnnotation];
  if (container) return { form: "named", container };
  const pod = template?.spec;
  if (annotations?.[copiesAnnotation] !== "Container" || !isMap(pod)) return { form: "pods" };
  const spec = containerSpecOf(pod) ?? containerSpecOf(withoutDefaults(jsonOf(pod)));
  return spec === undefined ? { form: "pods" } : { form: "inline", spec };
}

export type ReplicaSetForm = "named" | "inline" | "full";

/** How the spec is written. A template with neither `spec` nor anything of a Container is an incomplete full form. */
export function replicasetForm(spec: unknown): ReplicaSetForm {
  if (!isMap(spec)) return "full";
  if (spec.container !== undefined) return "named";
  if (!isMap(spec.template) || spec.template.spec !== undefined) return "full";
  return Object.keys(spec.template).some(key => key !== "metadata") ? "inline" : "full";
}

export function expandReplicaSet(set: Draft): Draft {
  const { container, template, ...rest } = set.spec as JsonMap;
  const form = replicasetForm(set.spec);
  if (form === "full") return set;
  const { metadata, ...inline } = (isMap(template) ? template : {}) as JsonMap;
  const { labels, annotations, ...more } = (isMap(metadata) ? metadata : {}) as JsonMap;
  const own = { [replicasetLabel]: set.metadata.name ?? "" };
  const mark = form === "named" ? { [containerAnnotation]: container } : { [copiesAnnotation]: "Container" };
  const placeholder = { containers: [{ name: containerName, image: placeholderImage }] };
  const spec = {
    selector: { matchLabels: own },
    ...rest,
    template: {
      metadata: {
        ...more,
        labels: { ...own, ...(isMap(labels) ? labels : {}) },
        annotations: { ...(isMap(annotations) ? annotations : {}), ...mark },
      },
      spec: form === "named" ? placeholder : podSpecOf(inline),
    },
  };
  return { ...set, spec };
}

/** The short form whose expansion this is to the letter; undefined where there is none. */
export function contractReplicaSet(set: Draft): Draft | undefined {
  const { selector, template, ...rest } = set.spec as JsonMap;
  if (!isMap(template) || !isMap(template.metadata)) return undefined;
  const { labels, annotations, ...more } = template.metadata;
  if (!isMap(labels) || !isMap(annotations)) return undefined;
  const { [containerAnnotation]: container, [copiesAnnotation]: copies, ...otherAnnotations } = annotations;
  const { [replicasetLabel]: name, ...otherLabels } = labels;
  const metadata = {
    ...more,
    ...(Object.keys(otherLabels).length > 0 && { labels: otherLabels }),
    ...(Object.keys(otherAnnotations).length > 0 && { annotations: otherAnnotations }),
  };
  const inline =
    container === undefined && copies === "Container"
      ? containerSpecOf(isMap(template.spec) ? template.spec : {})
      : {};
  if (inline === undefined || name === undefined) return undefined;
  const isOwn = isSame(selector, { matchLabels: { [replicasetLabel]: set.metadata.name ?? "" } });
  const short = {
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...inline,
  };
  const spec = {
    ...(container !== undefined && { container }),
    ...rest,
    ...(isOwn ? {} : { selector }),
    ...(Object.keys(short).length > 0 && { template: short }),
  };
  const contracted: Draft = { ...set, spec };
  const expanded = replicasetForm(spec) === "full" ? undefined : expandReplicaSet(contracted);
  return isSame(expanded?.spec, set.spec) ? contracted : undefined;
}

const podDefaults: JsonMap = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
};
const probeDefaults: JsonMap = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

/** A stored pod spec without what Kubernetes filled in: a Container has no fields for most of that. */
export function withoutDefaults(pod: JsonMap): JsonMap {
  const { serviceAccount, serviceAccountName, containers } = pod;
  const spec = without(pod, {
    ...podDefaults,
    // The old name of the field, which Kubernetes keeps beside the new one.
    ...(serviceAccount === serviceAccountName && { serviceAccount }),
  });
  return { ...spec, containers: isList(containers) ? containers.map(withoutContainerDefaults) : containers };
}

function withoutContainerDefaults(container: Json): Json {
  if (!isMap(container)) return container;
  const isLatest = !/:(?!latest$)[^/]+$/.test(String(container.image ?? ""));
  const rest = without(container, {
    imagePullPolicy: isLatest ? "Always" : "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
  });
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"].flatMap(field => {
    const probe = rest[field];
    return isMap(probe) ? [[field, without(probe, probeDefaults)]] : [];
  });
  return { ...rest, ...Object.fromEntries(probes) };
}

function without(map: JsonMap, defaults: JsonMap): JsonMap {
  const isDefault = (key: string) => Object.hasOwn(defaults, key) && isSame(map[key], defaults[key]);
  return Object.fromEntries(Object.entries(map).filter(([key]) => !isDefault(key)));
}

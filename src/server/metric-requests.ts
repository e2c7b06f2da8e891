/**
 * Requests for what worker functions report: custom.metrics.k8s.io (metrics of pods and other objects) and external.metrics.k8s.io
 * (of what is outside), as adapters serve them beside a Kubernetes API server. The values are the node's to say; here their paths are
 * read, and they are written down.
 */
import { ApiError } from "../errors/index.ts";
import type { CustomMetrics, ExternalMetrics, MetricNames, MetricValue, PodReport } from "../node/index.ts";
import { timestamp } from "../outside/index.ts";
import { apiVersionOf, milliQuantity, parseLabelSelector } from "../resources/index.ts";
import { noSuchPath } from "../store/index.ts";
import { type HttpRequest, type HttpResponse, sendJson } from "./answer.ts";
import type { OtherGroup } from "./discovery.ts";
import type { ResourceRoute } from "./route.ts";
import { methodNotAllowed } from "./status.ts";

export interface ReportedMetrics {
  readonly names: MetricNames;
  readonly custom: CustomMetrics;
  readonly external: ExternalMetrics;
  /** Of all pods that run. */
  all(): Promise<readonly PodReport[]>;
}

const customGroup = "custom.metrics.k8s.io";
const externalGroup = "external.metrics.k8s.io";
/** The objects whose metrics are listed; those of others can be asked for as well. */
const listedResources = [
  { resource: "namespaces", namespaced: false },
  { resource: "pods", namespaced: true },
  { resource: "services", namespaced: true },
] as const;

/** Both groups, with what is in them. Clients are told of them once there is something: many take an empty group for a fault. */
export function metricGroups({ custom, external }: MetricNames): OtherGroup[] {
  const sorted = (names: readonly string[]) => [...names].sort();
  return [
    {
      name: customGroup,
      versions: ["v1beta2", "v1beta1"],
      resources: listedResources.flatMap(({ resource, namespaced }) =>
        sorted(custom).map(name => ({ name: `${resource}/${name}`, namespaced, kind: "MetricValueList" })),
      ),
    },
    {
      name: externalGroup,
      versions: ["v1beta1"],
      resources: sorted(external).map(name => ({ name, namespaced: true, kind: "ExternalMetricValueList" })),
    },
  ];
}

export function isAboutMetrics({ group, version }: Pick<ResourceRoute, "group" | "version">): boolean {
  return (
    (group === customGroup && (version === "v1beta1" || version === "v1beta2")) ||
    (group === externalGroup && version === "v1beta1")
  );
}

/** Rejects with NotFound where there is no such metric. */
export async function answerMetrics(
  { custom, external }: Pick<ReportedMetrics, "custom" | "external">,
  request: HttpRequest,
  response: HttpResponse,
  route: ResourceRoute,
  query: URLSearchParams,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  if (route.isWatch || route.rest !== "") throw noSuchPath();
  const list =
    route.group === externalGroup
      ? await externalList(external, route, query)
      : await customList(custom, route, query);
  await sendJson(request, response, 200, JSON.stringify(list));
}

async function externalList(external: ExternalMetrics, route: ResourceRoute, query: URLSearchParams) {
  const { group, version, namespace, plural: metric, name } = route;
  if (namespace === "" || name !== "") throw noSuchPath();
  const values = await external.values(namespace, metric, labelsIn(query, "labelSelector"));
  return {
    kind: "ExternalMetricValueList",
    apiVersion: apiVersionOf({ group, version }),
    metadata: {},
    items: values.map(({ name: metricName, labels, value, at }) => ({
      metricName,
      metricLabels: labels,
      timestamp: timestamp(at),
      value: milliQuantity(value * 1_000),
    })),
  };
}

async function customList(custom: CustomMetrics, route: ResourceRoute, query: URLSearchParams) {
  const { group, version } = route;
  const { metric, ...of } = describedIn(route);
  const labels = labelsIn(query, "metricLabelSelector");
  const objects = of.name === "*" ? { ...of, name: undefined, labels: labelsIn(query, "labelSelector") } : of;
  const { name, ...all } = objects;
  const values = await custom.values(name === undefined ? all : { ...all, name }, { name: metric, labels });
  const selector = query.get("metricLabelSelector");
  return {
    kind: "MetricValueList",
    apiVersion: apiVersionOf({ group, version }),
    metadata: {},
    items: values.map(value => ({
      describedObject: describedObject(value),
      ...(version === "v1beta1"
        ? { metricName: metric, ...(selector ? { selector: selectorOf(labels) } : {}) }
        : { metric: { name: metric, ...(selector ? { selector: selectorOf(labels) } : {}) } }),
      timestamp: timestamp(value.at),
      ...(value.windowMs !== undefined && { windowSeconds: Math.round(value.windowMs / 1_000) }),
      value: milliQuantity(value.value * 1_000),
    })),
  };
}

/**
 * Whose metric: `namespaces/NS/RESOURCE/NAME/METRIC`, `RESOURCE/NAME/METRIC` of what is in no namespace, and
 * `namespaces/NS/metrics/METRIC` of the namespace itself.
 */
function describedIn({ namespace, plural, name, subresource }: ResourceRoute) {
  if (namespace !== "" && plural === "metrics" && name !== "" && subresource === undefined)
    return { metric: name, resource: "namespaces", namespace: "", name: namespace };
  if (name === "" || subresource === undefined) throw noSuchPath();
  return { metric: subresource, resource: plural, namespace, name };
}

function describedObject({ kind, object }: MetricValue): object {
  const { namespace, name } = object.metadata;
  return {
    kind: kind.kind,
    ...(namespace && { namespace }),
    name,
    apiVersion: apiVersionOf(kind.versions[0]),
  };
}

function labelsIn(query: URLSearchParams, parameter: string) {
  const text = query.get(parameter) ?? "";
  try {
    return parseLabelSelector(text);
  } catch (cause) {
    throw new ApiError("BadRequest", `${parameter}: ${(cause as Error).message}`, {}, { cause });
  }
}

/** As a LabelSelector says it. */
function selectorOf(requirements: ReturnType<typeof parseLabelSelector>): object {
  const matchExpressions = requirements.map(({ key, operator, values }) => ({
    key,
    operator,
    ...(values.length > 0 && { values }),
  }));
  const isPlain = requirements.every(({ operator, values }) => operator === "In" && values.length === 1);
  if (isPlain)
    return { matchLabels: Object.fromEntries(requirements.map(({ key, values: [value] }) => [key, value])) };
  return { matchExpressions };
}

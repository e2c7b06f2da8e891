/**
 * What an autoscaler is told when it asks for a metric and there is no API that serves it, in the words of Kubernetes'
 * autoscaler.
 */
import type { MetricSpec } from "../resources/index.ts";

export interface MetricFault {
  readonly reason: string;
  /** As the event of this metric, and the condition, say it. */
  readonly message: string;
  /** As the summary of all metrics says it. */
  readonly inSummary: string;
}

export function metricFault(metric: MetricSpec, namespace: string): MetricFault {
  const { type, resource, containerResource, pods, object, external } = metric;
  switch (type) {
    case "Resource":
      return ofResource("FailedGetResourceMetric", "resource", resource);
    case "ContainerResource":
      return ofResource("FailedGetContainerResourceMetric", "container resource", containerResource);
    case "Pods":
      return {
        reason: "FailedGetPodsMetric",
        ...summed("pods", `unable to get metric ${pods?.metric.name}: ${noCustomMetrics}`),
      };
    case "Object":
      return {
        reason: "FailedGetObjectMetric",
        ...summed("object", `unable to get metric ${object?.metric.name}: ${noCustomMetrics}`),
      };
    case "External": {
      const { name = "" } = external?.metric ?? {};
      const asked = `unable to get external metric ${namespace}/${name}/${selected(external)}`;
      const missing = notServed(`${name}.external.metrics.k8s.io`);
      const message = `${asked}: unable to fetch metrics from external metrics API: ${missing}`;
      return { reason: "FailedGetExternalMetric", ...summed("external", message) };
    }
    default: {
      const message = `unknown metric source type ${JSON.stringify(type)}`;
      return { reason: "InvalidMetricSourceType", message, inSummary: message };
    }
  }
}

const noCustomMetrics =
  "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

function notServed(what: string): string {
  return `the server could not find the requested resource (get ${what})`;
}

type ResourceSource = MetricSpec["resource"] | MetricSpec["containerResource"];

function ofResource(reason: string, what: string, source: ResourceSource): MetricFault {
  const { name = "", target } = source ?? {};
  const sought = target?.type === "Utilization" ? "utilization" : "usage";
  const fetching = `unable to fetch metrics from resource metrics API: ${notServed("pods.metrics.k8s.io")}`;
  const message = `failed to get ${name} ${sought}: unable to get metrics for resource ${name}: ${fetching}`;
  return { reason, message, inSummary: `failed to get ${name} ${what} metric value: ${message}` };
}

function summed(what: string, problem: string): Omit<MetricFault, "reason"> {
  return { message: problem, inSummary: `failed to get ${what} metric value: ${problem}` };
}

/** The selector as Go prints it. */
function selected(external: MetricSpec["external"]): string {
  const { selector } = external?.metric ?? {};
  if (!selector) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {}).sort();
  const map = `map[string]string{${labels.map(([key, value]) => `${key}: ${value},`).join("")}}`;
  return `&LabelSelector{MatchLabels:${map},MatchExpressions:[]LabelSelectorRequirement{},}`;
}

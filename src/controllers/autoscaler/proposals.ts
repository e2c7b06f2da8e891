/**
 * What each metric of an autoscaler proposes: how many replicas, by which metric, and how it stands; or why it proposes nothing,
 * in the words of Kubernetes' autoscaler. Here is what pods use of processors and memory; what they report stands in
 * proposals-by-report.ts.
 */
import {
  type HorizontalPodAutoscaler,
  type MetricSpec,
  type MetricValueStatus,
  milliQuantity,
  quantityToNumber,
} from "../../resources/index.ts";
import type { MetricFault, Proposal, Surroundings } from "./proposal.ts";
import { proposalByExternal, proposalByObject, proposalByPods } from "./proposals-by-report.ts";
import { replicaCount, type Tolerances } from "./replica-count.ts";
import { amountEach, type ResourceSource, requestsOf, samplesOf, shareOfRequests } from "./resource-usage.ts";
import type { Problem } from "./scale-target.ts";
import type { AutoscalingSettings } from "./settings.ts";

export function tolerancesOf(
  { spec: { behavior } }: HorizontalPodAutoscaler,
  { tolerance: otherwise }: Pick<AutoscalingSettings, "tolerance">,
): Tolerances {
  const of = (tolerance: string | undefined) =>
    tolerance === undefined ? otherwise : quantityToNumber(tolerance);
  return { up: of(behavior?.scaleUp?.tolerance), down: of(behavior?.scaleDown?.tolerance) };
}

export async function proposalOf(metric: MetricSpec, around: Surroundings): Promise<Proposal | MetricFault> {
  const { type, resource, containerResource, pods, object, external } = metric;
  if (type === "Resource" && resource) {
    const found = await proposalByUse(resource, around);
    if ("problem" in found) {
      const inSummary = `failed to get ${resource.name} resource metric value: ${found.problem}`;
      return { reason: "FailedGetResourceMetric", message: found.problem, inSummary };
    }
    const { replicas, name, current } = found;
    return { replicas, metric: name, status: { type, resource: { name: resource.name, current } } };
  }
  if (type === "ContainerResource" && containerResource) {
    const found = await proposalByUse(containerResource, around);
    const { name: resourceName, container } = containerResource;
    if ("problem" in found) {
      const inSummary = `failed to get ${container} container metric value: ${found.problem}`;
      return { reason: "FailedGetContainerResourceMetric", message: found.problem, inSummary };
    }
    const { replicas, name, current } = found;
    const status = { type, containerResource: { name: resourceName, container, current } };
    return { replicas, metric: name, status };
  }
  if (type === "Pods" && pods) return proposalByPods(pods, around);
  if (type === "Object" && object) return proposalByObject(object, around);
  if (type === "External" && external) return proposalByExternal(external, around);
  const message = `unknown metric source type ${JSON.stringify(type)}`;
  return { reason: "InvalidMetricSourceType", message, inSummary: message };
}

interface Found {
  readonly replicas: number;
  readonly name: string;
  readonly current: MetricValueStatus;
}

async function proposalByUse(source: ResourceSource, around: Surroundings): Promise<Found | Problem> {
  const { averageValue, averageUtilization } = source.target;
  const { namespace, selector, metrics, pods } = around;
  const sought = `failed to get ${source.name} ${averageValue === undefined ? "utilization" : "usage"}`;
  const samples = samplesOf(await metrics.usage(namespace, selector), selector, source);
  if ("problem" in samples)
    return { problem: `${sought}: unable to get metrics for resource ${source.name}: ${samples.problem}` };
  const load =
    averageValue === undefined
      ? shareOfRequests(requestsOf(pods, source), averageUtilization ?? 0)
      : amountEach(averageValue);
  const counted = replicaCount({ ...around, samples, resource: source.name }, load);
  if ("problem" in counted) return { problem: `${sought}: ${counted.problem}` };
  const { replicas, comparison } = counted;
  const { average, utilization } = comparison;
  const current: MetricValueStatus = {
    ...(utilization !== undefined && { averageUtilization: utilization }),
    averageValue: milliQuantity(average),
  };
  return { replicas, name: nameOf(source), current };
}

function nameOf({ name, container, target }: ResourceSource): string {
  if (target.averageValue !== undefined) return `${name} resource`;
  const what = container === undefined ? "resource" : "container resource";
  return `${name} ${what} utilization (percentage of request)`;
}

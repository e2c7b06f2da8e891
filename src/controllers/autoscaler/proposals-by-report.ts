/**
 * How many replicas the metrics ask for that worker functions report: those of the pods themselves, of another object, and of what is
 * outside. The words are those of Kubernetes' autoscaler.
 */
import { ApiError } from "../../errors/index.ts";
import {
  goTextOfSelector,
  type LabelSelector,
  type MetricIdentifier,
  type MetricSpec,
  type MetricTarget,
  type MetricValueStatus,
  milliQuantity,
  quantityToMilli,
} from "../../resources/index.ts";
import type { MetricFault, Proposal, Surroundings } from "./proposal.ts";
import { replicaCount, replicasByEach, replicasByRatio } from "./replica-count.ts";
import { amountEach } from "./resource-usage.ts";
import type { Problem } from "./scale-target.ts";

export async function proposalByPods(
  { metric, target }: NonNullable<MetricSpec["pods"]>,
  around: Surroundings,
): Promise<Proposal | MetricFault> {
  const found = await asked(() => around.metrics.ofPods(around.namespace, around.selector, metric));
  if ("problem" in found)
    return fault(
      "FailedGetPodsMetric",
      `unable to get metric ${metric.name}: ${custom(found)}`,
      "failed to get pods metric value",
    );
  const samples = new Map(found.value.map(({ pod, amount, at }) => [pod, { amount, at, windowMs: 0 }]));
  const counted = replicaCount({ ...around, samples, resource: "" }, amountEach(target.averageValue ?? "0"));
  if ("problem" in counted)
    return fault("FailedGetPodsMetric", counted.problem, "failed to get pods metric value");
  const current = { averageValue: milliQuantity(counted.comparison.average) };
  return {
    replicas: counted.replicas,
    metric: `pods metric ${metric.name}`,
    status: { type: "Pods", pods: { metric: identified(metric), current } },
  };
}

export async function proposalByObject(
  { describedObject, metric, target }: NonNullable<MetricSpec["object"]>,
  around: Surroundings,
): Promise<Proposal | MetricFault> {
  const { namespace } = around;
  const isEach = target.type === "AverageValue";
  const inSummary = `failed to get object metric value${isEach ? `: failed to get ${metric.name} object metric` : ""}`;
  const found = await asked(() => around.metrics.ofObject(namespace, describedObject, metric));
  if ("problem" in found) {
    // Kubernetes takes the parts of this sentence in this order.
    const where = `${describedObject.kind} on ${namespace} ${describedObject.name}`;
    const message = `unable to get metric ${metric.name}: ${where}/${custom(found)}`;
    return fault("FailedGetObjectMetric", message, inSummary);
  }
  const proposed = byTarget(found.value, target, around);
  if ("problem" in proposed) return fault("FailedGetObjectMetric", proposed.problem, inSummary);
  return {
    replicas: proposed.replicas,
    // With a target for each pod Kubernetes calls it so, too.
    metric: isEach
      ? `external metric ${metric.name}(${shownSelector(metric.selector)})`
      : `${describedObject.kind} metric ${metric.name}`,
    status: {
      type: "Object",
      object: { metric: identified(metric), current: proposed.current, describedObject },
    },
  };
}

export async function proposalByExternal(
  { metric, target }: NonNullable<MetricSpec["external"]>,
  around: Surroundings,
): Promise<Proposal | MetricFault> {
  const { namespace } = around;
  const { name } = metric;
  const what = target.averageValue === undefined ? `external metric ${name}` : `${name} external metric`;
  const inSummary = `failed to get ${name} external metric value: failed to get ${what}`;
  const found = await asked(() => around.metrics.external(namespace, metric));
  if ("problem" in found) {
    const about = `unable to get external metric ${namespace}/${name}/${shownSelector(metric.selector)}`;
    const message = `${about}: unable to fetch metrics from external metrics API: ${found.problem}`;
    return fault("FailedGetExternalMetric", message, inSummary);
  }
  const proposed = byTarget(
    found.value.reduce((sum, each) => sum + each, 0),
    target,
    around,
  );
  if ("problem" in proposed) return fault("FailedGetExternalMetric", proposed.problem, inSummary);
  return {
    replicas: proposed.replicas,
    metric: `external metric ${name}(${shownSelector(metric.selector)})`,
    status: { type: "External", external: { metric: identified(metric), current: proposed.current } },
  };
}

/** By one amount for all replicas: what it should be, or what each of them should have of it. */
function byTarget(
  amount: number,
  { value, averageValue }: MetricTarget,
  around: Surroundings,
): { readonly replicas: number; readonly current: MetricValueStatus } | Problem {
  if (averageValue !== undefined) {
    const { replicas, average } = replicasByEach(amount, quantityToMilli(averageValue), around);
    return { replicas, current: { averageValue: milliQuantity(average) } };
  }
  const counted = replicasByRatio(amount / quantityToMilli(value ?? "0"), around);
  return "problem" in counted
    ? counted
    : { replicas: counted.replicas, current: { value: milliQuantity(amount) } };
}

async function asked<T>(ask: () => Promise<T>): Promise<{ readonly value: T } | Problem> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { problem: error.message };
  }
}

function custom({ problem }: Problem): string {
  return `unable to fetch metrics from custom metrics API: ${problem}`;
}

function fault(reason: string, message: string, summary: string): MetricFault {
  return { reason, message, inSummary: `${summary}: ${message}` };
}

function identified({ name, selector }: MetricIdentifier): MetricIdentifier {
  return { name, ...(selector && { selector }) };
}

/** As Go prints it. */
function shownSelector(selector: LabelSelector | undefined): string {
  return selector ? goTextOfSelector(selector) : "nil";
}

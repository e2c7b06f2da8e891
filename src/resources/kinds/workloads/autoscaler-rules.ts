/** What must be right in a HorizontalPodAutoscaler, as in Kubernetes' `pkg/apis/autoscaling/validation`. */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, notSupported, required } from "../../faults.ts";
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from "../../generated/kubernetes.gen.ts";
import { pathSegment } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { parseQuantity } from "../../quantity.ts";
import { labelSelectorFaults } from "../../selectors/index.ts";

/** What metrics come from, and the field in which each says so. */
const sources = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
} as const;
const sourceTypes = Object.keys(sources);
const targetTypes = ["AverageValue", "Utilization", "Value"];
const maxSeconds = 3600;
const maxPeriodSeconds = 1800;

export function autoscalerFaults({ spec }: Draft<HorizontalPodAutoscaler>): Cause[] {
  const { minReplicas, maxReplicas, scaleTargetRef, metrics = [], behavior } = spec ?? {};
  const causes: Cause[] = [];
  if (minReplicas !== undefined && minReplicas < 1)
    causes.push(invalidValue("spec.minReplicas", minReplicas, "must be greater than or equal to 1"));
  if (maxReplicas !== undefined && maxReplicas < 1)
    causes.push(invalidValue("spec.maxReplicas", maxReplicas, "must be greater than 0"));
  if (minReplicas !== undefined && maxReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = "must be greater than or equal to `minReplicas`";
    causes.push(invalidValue("spec.maxReplicas", maxReplicas, detail));
  }
  if (scaleTargetRef) causes.push(...targetRefFaults(scaleTargetRef, "spec.scaleTargetRef"));
  causes.push(...metrics.flatMap((metric, i) => metricFaults(metric, `spec.metrics[${i}]`)));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === "Object" || type === "External")) {
    const detail = "must specify at least one Object or External metric to support scaling to zero replicas";
    causes.push(forbidden("spec.metrics", detail));
  }
  return behavior ? causes.concat(behaviorFaults(behavior, "spec.behavior")) : causes;
}

function targetRefFaults({ apiVersion = "", ...ref }: CrossVersionObjectReference, field: string): Cause[] {
  const causes = referenceFaults(ref, field);
  // Only the core group has a version without a group in front, and of its kinds ReplicationControllers alone can be scaled.
  const hasGroup = apiVersion.includes("/") || (apiVersion === "v1" && ref.kind === "ReplicationController");
  if (!hasGroup)
    causes.push(invalidValue(`${field}.apiVersion`, apiVersion, "apiVersion must specify API group"));
  return causes;
}

function referenceFaults({ kind, name }: CrossVersionObjectReference, field: string): Cause[] {
  return Object.entries({ kind, name }).flatMap(([key, value]) =>
    value ? misnamed(pathSegment, value, `${field}.${key}`) : [required(`${field}.${key}`)],
  );
}

function metricFaults(metric: MetricSpec, field: string): Cause[] {
  const { type } = metric;
  if (!type) return [required(`${field}.type`, "must specify a metric source type")];
  if (!sourceTypes.includes(type)) return [notSupported(`${field}.type`, type, sourceTypes)];
  const expected = sources[type as keyof typeof sources];
  const given = Object.values(sources).filter(source => metric[source]);
  const causes = given.includes(expected)
    ? sourceFaults(metric, expected, `${field}.${expected}`)
    : [required(`${field}.${expected}`, "must populate information for the given metric source")];
  const others = given.filter(source => source !== expected);
  return causes.concat(
    others.map(source => forbidden(`${field}.${source}`, "must populate the given metric source only")),
  );
}

function sourceFaults(
  { object, pods, resource, containerResource, external }: MetricSpec,
  source: (typeof sources)[keyof typeof sources],
  field: string,
): Cause[] {
  switch (source) {
    case "object":
      return object
        ? [
            ...referenceFaults(object.describedObject ?? {}, `${field}.describedObject`),
            ...identifierFaults(object.metric, `${field}.metric`),
            ...targetFaults(object.target, `${field}.target`),
            ...eitherValueFaults(object.target, `${field}.target.averageValue`),
          ]
        : [];
    case "external":
      return external
        ? [
            ...identifierFaults(external.metric, `${field}.metric`),
            ...targetFaults(external.target, `${field}.target`),
            ...eitherValueFaults(external.target, `${field}.target.averageValue`),
          ]
        : [];
    case "pods":
      if (!pods) return [];
      return [
        ...identifierFaults(pods.metric, `${field}.metric`),
        ...targetFaults(pods.target, `${field}.target`),
        ...(isPositive(pods.target?.averageValue)
          ? []
          : [required(`${field}.target.averageValue`, "must specify a positive target averageValue")]),
      ];
    case "resource":
      return resource ? resourceFaults(resource, field) : [];
    case "containerResource": {
      if (!containerResource) return [];
      const { container } = containerResource;
      const nameless = container ? [] : [required(`${field}.container`, "must specify a container")];
      return [...nameless, ...resourceFaults(containerResource, field)];
    }
  }
}

function resourceFaults(
  { name, target }: { readonly name: string; readonly target: MetricTarget },
  field: string,
): Cause[] {
  const causes = name ? [] : [required(`${field}.name`, "must specify a resource name")];
  causes.push(...targetFaults(target, `${field}.target`));
  const { averageUtilization, averageValue } = target ?? {};
  const path = `${field}.target`;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = "must set either a target raw value or a target utilization";
    causes.push(required(`${path}.averageUtilization`, detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = "may not set both a target raw value and a target utilization";
    causes.push(forbidden(`${path}.averageValue`, detail));
  }
  return causes;
}

function identifierFaults(metric: MetricIdentifier | undefined, field: string): Cause[] {
  if (!metric?.name) return [required(`${field}.name`, "must specify a metric name")];
  return misnamed(pathSegment, metric.name, `${field}.name`).concat(
    metric.selector ? labelSelectorFaults(metric.selector, `${field}.selector`) : [],
  );
}

function targetFaults(target: MetricTarget | undefined, field: string): Cause[] {
  const { type, value, averageValue, averageUtilization } = target ?? {};
  const causes: Cause[] = [];
  if (!type) causes.push(required(`${field}.type`, "must specify a metric target type"));
  else if (!targetTypes.includes(type)) {
    const detail = "must be either Utilization, Value, or AverageValue";
    causes.push(invalidValue(`${field}.type`, type, detail));
  }
  for (const [name, amount] of Object.entries({ value, averageValue })) {
    if (amount !== undefined && !isPositive(amount))
      causes.push(invalidValue(`${field}.${name}`, amount, "must be positive"));
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    causes.push(invalidValue(`${field}.averageUtilization`, averageUtilization, "must be greater than 0"));
  return causes;
}

function eitherValueFaults({ value, averageValue }: MetricTarget, field: string): Cause[] {
  if (value !== undefined && averageValue !== undefined) {
    const detail = "may not set both a target value for metric and a per-pod target";
    return [forbidden(field, detail)];
  }
  if (value === undefined && averageValue === undefined)
    return [required(field, "must set either a target value for metric or a per-pod target")];
  return [];
}

function isPositive(amount: string | undefined): boolean {
  return amount !== undefined && parseQuantity(amount).billionths > 0n;
}

function behaviorFaults({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior, field: string): Cause[] {
  return [
    ...(scaleUp ? scalingFaults(scaleUp, `${field}.scaleUp`) : []),
    ...(scaleDown ? scalingFaults(scaleDown, `${field}.scaleDown`) : []),
  ];
}

const selectPolicies = ["Disabled", "Max", "Min"];

function scalingFaults(
  { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance }: HPAScalingRules,
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  if (window !== undefined && window < 0) {
    const detail = "must be greater than or equal to zero";
    causes.push(invalidValue(`${field}.stabilizationWindowSeconds`, window, detail));
  }
  if (window !== undefined && window > maxSeconds) {
    const detail = `must be less than or equal to ${maxSeconds}`;
    causes.push(invalidValue(`${field}.stabilizationWindowSeconds`, window, detail));
  }
  if (selectPolicy && !selectPolicies.includes(selectPolicy))
    causes.push(notSupported(`${field}.selectPolicy`, selectPolicy, selectPolicies));
  if (policies.length === 0) causes.push(required(`${field}.policies`, "must specify at least one Policy"));
  policies.forEach(({ type, value, periodSeconds }, i) => {
    const path = `${field}.policies[${i}]`;
    if (type !== "Pods" && type !== "Percent")
      causes.push(notSupported(`${path}.type`, type, ["Percent", "Pods"]));
    if (value <= 0) causes.push(invalidValue(`${path}.value`, value, "must be greater than zero"));
    if (periodSeconds <= 0)
      causes.push(invalidValue(`${path}.periodSeconds`, periodSeconds, "must be greater than zero"));
    if (periodSeconds > maxPeriodSeconds) {
      const detail = `must be less than or equal to ${maxPeriodSeconds}`;
      causes.push(invalidValue(`${path}.periodSeconds`, periodSeconds, detail));
    }
  });
  if (tolerance !== undefined && parseQuantity(tolerance).billionths < 0n)
    causes.push(invalidValue(`${field}.tolerance`, tolerance, "must be greater or equal to zero"));
  return causes;
}

/**
 * HorizontalPodAutoscaler (`autoscaling/v2`, and `autoscaling/v1`, which knows of metrics only the share of processor): the
 * defaults, and how one version becomes the other.
 */

import type { KindRules, OwnVersion } from "../../definition/index.ts";
import type {
  AutoscalingV1HorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
} from "../../generated/kubernetes.gen.ts";
import type { Draft, KubernetesObject } from "../../object.ts";
import { autoscalerFaults } from "./autoscaler-rules.ts";

const cpu = (averageUtilization: number): MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});
const defaultUtilization = 80;
/** What v1 has no field for is kept in these. */
const metricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics";
const behaviorAnnotation = "autoscaling.alpha.kubernetes.io/behavior";
const conditionsAnnotation = "autoscaling.alpha.kubernetes.io/conditions";
const currentMetricsAnnotation = "autoscaling.alpha.kubernetes.io/current-metrics";
const annotationsOfV2 = [
  metricsAnnotation,
  behaviorAnnotation,
  conditionsAnnotation,
  currentMetricsAnnotation,
];

const upPolicies = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
] as const;
const downPolicies = [{ type: "Percent", value: 100, periodSeconds: 15 }] as const;

export const autoscalerRules: KindRules<HorizontalPodAutoscaler> = {
  fill(draft) {
    const { metrics, behavior } = draft.spec;
    if (metrics?.length && !behavior) return draft;
    const { scaleUp, scaleDown } = behavior ?? {};
    return {
      ...draft,
      spec: {
        ...draft.spec,
        metrics: metrics?.length ? metrics : [cpu(defaultUtilization)],
        ...(behavior && {
          behavior: {
            ...behavior,
            scaleUp: { stabilizationWindowSeconds: 0, ...filledRules(scaleUp, upPolicies) },
            scaleDown: filledRules(scaleDown, downPolicies),
          },
        }),
      },
    };
  },
  validate: autoscalerFaults,
  initialStatus: () => ({ desiredReplicas: 0 }),
};

function filledRules(rules: HPAScalingRules = {}, policies: HPAScalingRules["policies"]): HPAScalingRules {
  return { ...rules, selectPolicy: rules.selectPolicy ?? "Max", policies: rules.policies ?? policies };
}

export const autoscalerOfV1: OwnVersion = {
  toStored(given: Draft): Draft {
    const { targetCPUUtilizationPercentage, ...spec } =
      given.spec as AutoscalingV1HorizontalPodAutoscaler["spec"] & object;
    const { annotations = {} } = given.metadata;
    const others = parsed<MetricSpec[]>(annotations[metricsAnnotation]) ?? [];
    const metrics =
      targetCPUUtilizationPercentage === undefined
        ? others
        : [...others, cpu(targetCPUUtilizationPercentage)];
    const behavior = parsed(annotations[behaviorAnnotation]);
    const kept = Object.entries(annotations).filter(([name]) => !annotationsOfV2.includes(name));
    const { annotations: _, ...metadata } = given.metadata;
    return {
      ...given,
      metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
      spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) },
    };
  },
  fromStored(object: KubernetesObject): KubernetesObject {
    const { metadata, spec, status } = object as HorizontalPodAutoscaler;
    const { metrics = [], behavior, ...rest } = spec;
    const share = metrics.find(
      ({ resource }) => resource?.name === "cpu" && resource.target.type === "Utilization",
    );
    const others = metrics.filter(metric => metric !== share);
    const { conditions, currentMetrics, ...counts } = status ?? {};
    const current = currentMetrics?.find(({ resource }) => resource?.name === "cpu")?.resource?.current;
    const annotations = {
      ...metadata.annotations,
      ...(others.length > 0 && { [metricsAnnotation]: JSON.stringify(others) }),
      ...(behavior && { [behaviorAnnotation]: JSON.stringify(behavior) }),
      ...(conditions && { [conditionsAnnotation]: JSON.stringify(conditions) }),
      ...(currentMetrics && { [currentMetricsAnnotation]: JSON.stringify(currentMetrics) }),
    };
    return {
      ...object,
      metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata,
      spec: {
        ...rest,
        ...(share && { targetCPUUtilizationPercentage: share.resource?.target.averageUtilization }),
      },
      status: {
        currentReplicas: 0,
        ...counts,
        ...(current?.averageUtilization !== undefined && {
          currentCPUUtilizationPercentage: current.averageUtilization,
        }),
      },
    } as KubernetesObject;
  },
};

/** What an annotation holds; nothing where it is no JSON. Decoding checks it as it checks any field. */
function parsed<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

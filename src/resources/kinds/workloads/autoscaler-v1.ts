/**
 * HorizontalPodAutoscaler in `autoscaling/v1`. It knows of metrics only the share of processor; all else it keeps in annotations,
 * written as Kubernetes writes them (`pkg/apis/autoscaling/v1/conversion.go`), so that what one client reads another can write back.
 */
import type { OwnVersion } from "../../definition/index.ts";
import type {
  AutoscalingV1HorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  MetricSpec,
} from "../../generated/kubernetes.gen.ts";
import { isMap } from "../../json.ts";
import type { Draft, KubernetesObject } from "../../object.ts";
import { metricFromV1, metricInV1, statusFromV1, statusInV1 } from "./autoscaler-v1-metrics.ts";

const annotation = (name: string) => `autoscaling.alpha.kubernetes.io/${name}`;
const metricsAnnotation = annotation("metrics");
const behaviorAnnotation = annotation("behavior");
const conditionsAnnotation = annotation("conditions");
const currentMetricsAnnotation = annotation("current-metrics");
const ours: ReadonlySet<string> = new Set([
  metricsAnnotation,
  behaviorAnnotation,
  conditionsAnnotation,
  currentMetricsAnnotation,
]);

type Given = Draft<AutoscalingV1HorizontalPodAutoscaler>;

export const autoscalerOfV1: OwnVersion = {
  toStored(given: Draft): Draft {
    const { annotations = {}, ...metadata } = given.metadata;
    const { targetCPUUtilizationPercentage, ...spec } = (given as Given).spec ?? {};
    const { currentCPUUtilizationPercentage: _, ...counts } = (given as Given).status ?? {};
    const others = listIn(annotations[metricsAnnotation]).map(metricFromV1);
    const metrics =
      targetCPUUtilizationPercentage === undefined
        ? others
        : [...others, shareOfCpu(targetCPUUtilizationPercentage)];
    const behavior = lowerCased(parsed(annotations[behaviorAnnotation]));
    const conditions = listIn(annotations[conditionsAnnotation]);
    const currentMetrics = listIn(annotations[currentMetricsAnnotation]).map(statusFromV1);
    const status = {
      ...counts,
      ...(conditions.length > 0 && { conditions }),
      ...(currentMetrics.length > 0 && { currentMetrics }),
    };
    const kept = Object.entries(annotations).filter(([name]) => !ours.has(name));
    return {
      ...given,
      metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
      spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) },
      ...(Object.keys(status).length > 0 && { status }),
    };
  },
  fromStored(object: KubernetesObject): KubernetesObject {
    const { metadata, spec, status } = object as HorizontalPodAutoscaler;
    const { metrics = [], behavior, ...rest } = spec;
    const others = metrics.filter(metric => shareIn(metric) === undefined);
    const share = metrics.map(shareIn).find(each => each !== undefined);
    const { conditions = [], currentMetrics = [], ...counts } = status ?? {};
    const current = currentMetrics.find(({ resource }) => resource?.name === "cpu")?.resource?.current;
    const annotations = {
      ...metadata.annotations,
      ...(others.length > 0 && { [metricsAnnotation]: JSON.stringify(others.map(metricInV1)) }),
      ...(behavior && { [behaviorAnnotation]: behaviorText(behavior) }),
      ...(conditions.length > 0 && { [conditionsAnnotation]: JSON.stringify(conditions.map(ordered)) }),
      ...(currentMetrics.length > 0 && {
        [currentMetricsAnnotation]: JSON.stringify(currentMetrics.map(statusInV1)),
      }),
    };
    const currentShare = current?.averageUtilization;
    const shown: AutoscalingV1HorizontalPodAutoscaler = {
      ...(object as AutoscalingV1HorizontalPodAutoscaler),
      metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata,
      spec: { ...rest, ...(share !== undefined && { targetCPUUtilizationPercentage: share }) },
      status: {
        currentReplicas: 0,
        desiredReplicas: 0,
        ...counts,
        ...(currentShare !== undefined && { currentCPUUtilizationPercentage: currentShare }),
      },
    };
    return shown;
  },
};

function shareOfCpu(averageUtilization: number): MetricSpec {
  return {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
  };
}

/** With the fields in the order of Kubernetes. */
function ordered({
  type,
  status,
  lastTransitionTime,
  reason,
  message,
}: HorizontalPodAutoscalerCondition): HorizontalPodAutoscalerCondition {
  return {
    type,
    status,
    ...(lastTransitionTime !== undefined && { lastTransitionTime }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

/** What v1 has a field for. */
function shareIn({ resource }: MetricSpec): number | undefined {
  return resource?.name === "cpu" ? resource.target.averageUtilization : undefined;
}

/** Kubernetes writes its own type here, with the names of Go and all fields. */
function behaviorText(behavior: NonNullable<HorizontalPodAutoscaler["spec"]["behavior"]>): string {
  const rules = (given: typeof behavior.scaleUp) =>
    given && {
      StabilizationWindowSeconds: given.stabilizationWindowSeconds ?? null,
      SelectPolicy: given.selectPolicy ?? null,
      Policies: given.policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })),
      Tolerance: given.tolerance ?? null,
    };
  return JSON.stringify({
    ScaleUp: rules(behavior.scaleUp) ?? null,
    ScaleDown: rules(behavior.scaleDown) ?? null,
  });
}

/** The same as our own types call it, and without what is null. */
function lowerCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCased);
  if (!isMap(value)) return value;
  const named = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(
    named.map(([name, each]) => [name.charAt(0).toLowerCase() + name.slice(1), lowerCased(each)]),
  );
}

/** The objects in an annotation that holds a list. */
function listIn(text: string | undefined): readonly Readonly<Record<string, unknown>>[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** What an annotation holds; nothing where it is no JSON. Decoding checks it as it checks any field. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

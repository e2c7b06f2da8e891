/** The HorizontalPodAutoscaler that `autoscale` makes of a workload: of its name, by the processor time that its pods use. */
import type { Draft, HorizontalPodAutoscaler } from "../resources/index.ts";

export interface AutoscaleOptions {
  /** How many replicas there are at least. Default 1. */
  readonly min?: number;
  /** How many there are at most. */
  readonly max: number;
  /** How much of the processor time that the pods request they should use, in per cent. Default 80. */
  readonly cpu?: number;
}

export interface Autoscaled {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function autoscalerOf(
  { apiVersion, kind, namespace, name }: Autoscaled,
  { min: minReplicas = 1, max: maxReplicas, cpu: averageUtilization = 80 }: AutoscaleOptions,
): Draft<HorizontalPodAutoscaler> {
  const resource = { name: "cpu", target: { type: "Utilization", averageUtilization } };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion, kind, name },
      minReplicas,
      maxReplicas,
      metrics: [{ type: "Resource", resource }],
    },
  };
}

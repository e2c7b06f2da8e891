/** The door of autoscaler/. */
export { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
export type { PodAmount, ScalingMetrics } from "./scaling-metrics.ts";

/** The door of autoscaler/. */
export { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
export type { ScalingMetrics } from "./scaling-metrics.ts";
export { type AutoscalingSettings, autoscalingDefaults } from "./settings.ts";

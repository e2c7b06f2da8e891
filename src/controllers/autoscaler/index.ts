/** The door of autoscaler/. */
export { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
export type { PodUsage } from "./resource-usage.ts";

/** What a metric proposes to an autoscaler, and what that is decided by. */
import type { MetricStatus } from "../../resources/index.ts";
import type { Measurement } from "./replica-count.ts";
import type { ScalingMetrics } from "./scaling-metrics.ts";

export interface Proposal {
  readonly replicas: number;
  /** As events call it: `cpu resource utilization (percentage of request)`. */
  readonly metric: string;
  readonly status: MetricStatus;
}

export interface MetricFault {
  readonly reason: string;
  /** As the event of this metric, and the condition, say it. */
  readonly message: string;
  /** As the summary of all metrics says it. */
  readonly inSummary: string;
}

/** What is known of the target and its pods. */
export interface Surroundings extends Omit<Measurement, "samples" | "resource"> {
  readonly namespace: string;
  readonly selector: string;
  readonly metrics: ScalingMetrics;
  /** How many replicas the target says that there are. */
  readonly statusReplicas: number;
}

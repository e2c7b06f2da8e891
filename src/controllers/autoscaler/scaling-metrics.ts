/** What autoscalers ask: what pods use, and what worker functions report, as Kubernetes' autoscaler asks the three APIs for metrics. */
import type { CrossVersionObjectReference, MetricIdentifier, PodMetrics } from "../../resources/index.ts";

export interface ScalingMetrics {
  /** What the pods that a selector means use, as metrics.k8s.io tells it: those that run and were measured. */
  usage(namespace: string, selector: string): Promise<readonly PodMetrics[]>;
  /** What the same report under the name of a metric. Rejects with NotFound where they report nothing. */
  ofPods(namespace: string, selector: string, metric: MetricIdentifier): Promise<readonly PodAmount[]>;
  /** What the pods of an object report together, in thousandths. NotFound. */
  ofObject(namespace: string, object: CrossVersionObjectReference, metric: MetricIdentifier): Promise<number>;
  /** What is outside, in thousandths, for each of the labels that it is known with. NotFound. */
  external(namespace: string, metric: MetricIdentifier): Promise<readonly number[]>;
}

interface PodAmount {
  readonly pod: string;
  /** In thousandths. */
  readonly amount: number;
  /** When it was told, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * How what is sent to one Service is spread over its endpoints, and when one of them is left out. The main thread reads it from the Service
 * (network/traffic-policies.ts) and tells it with where a name leads: it is plain data, the same for messages, connections and node ports.
 */

/** How a Service chooses among its endpoints. */
export type Balancing = "random" | "round-robin" | "least-outstanding";

export interface TrafficPolicy {
  /** `namespace/name` of the Service. */
  readonly service: string;
  readonly balancing: Balancing;
  /** Each client keeps to one endpoint, until it has not used it for so long (`sessionAffinity: ClientIP`). */
  readonly affinityMs?: number;
  readonly outliers?: OutlierPolicy;
  readonly limits?: TrafficLimits;
}

/** When an endpoint is left out for a while, as Envoy and Istio have it. */
export interface OutlierPolicy {
  /** So many failures of any kind in a row; 0: they do not count. */
  readonly consecutiveErrors: number;
  /** So many in a row of those without an answer of the endpoint's own; 0: they do not count. */
  readonly consecutiveGatewayErrors: number;
  /** How often it is looked whether endpoints may come back. */
  readonly intervalMs: number;
  /** So long the first time, twice as long the second time, and so on. */
  readonly baseEjectionMs: number;
  /** No more are left out where so many of a hundred are already. */
  readonly maxEjectionPercent: number;
}

/** What one sender may have under way to one Service at a time. */
interface TrafficLimits {
  readonly maxConnections?: number;
  readonly maxRequests?: number;
  /** So many may wait for one of these to end; what is more fails at once. Default: 1,024, as Envoy has it. */
  readonly maxPendingRequests?: number;
}

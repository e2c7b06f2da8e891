/** The door of traffic/: which endpoint of a Service gets the next message or connection, and which is left out. */
export type { Outcome } from "./outlier-detection.ts";
export { RetryBudget, type RetryBudgetPolicy } from "./retry-budget.ts";
export { type EndpointUse, ServiceTraffic } from "./service-traffic.ts";
export {
  type EjectionNews,
  type EndpointTraffic,
  TrafficBook,
  type TrafficReport,
  type TrafficRow,
} from "./traffic-book.ts";
export type { TrafficPolicy } from "./traffic-policy.ts";

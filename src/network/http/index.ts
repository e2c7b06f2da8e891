/** The door of http/: which rule an HTTP request comes under and what is then done with it, decided alike wherever requests are routed. */
export { mayTakeHttp } from "./app-protocols.ts";
export { EndpointTrials } from "./endpoint-trials.ts";
export { hearFirst } from "./first-bytes.ts";
export { Forwarding } from "./forwarding.ts";
export { clientOf, hasPassed } from "./headers.ts";
export {
  everyHost,
  type HostPattern,
  hostKey,
  hostKeysOf,
  hostPattern,
  hostText,
  intersection,
} from "./host-pattern.ts";
export type { HttpFacts } from "./http-match.ts";
export {
  planOf,
  type RedirectPlan,
} from "./http-plan.ts";
export { type FoundRule, HttpRoutes, moreSpecific, placeOf } from "./http-routes.ts";
export type {
  HttpFilters,
  HttpMatch,
  HttpRule,
  PathMatch,
} from "./http-rule.ts";
export { plainPath } from "./plain-path.ts";
export type { ProxiedRequest, ProxiedResponse } from "./proxied.ts";
export { type Refusal, refusal, refuse, refuseUpgrade } from "./refusal.ts";
export { absoluteHost, ambiguity, redirect, requestFacts } from "./request-facts.ts";
export { RetryBudgets } from "./retry-budgets.ts";
export { isOfStatus, olderFirst } from "./route-objects.ts";
export { type PlannedSending, type Sending, sendingOf } from "./sending.ts";
export { HttpServing } from "./serving.ts";
export {
  type HttpBackend,
  portOf,
  type ServiceBackend,
} from "./upstream.ts";

/** What an HTTPRoute says of messages to its Service: the same rule as for requests, in the words of those who send. */
import type { RoutePlan } from "../../messages/index.ts";
import { type Service, serviceTrafficRules } from "../../resources/index.ts";
import type { FoundRule, HttpBackend } from "../http/index.ts";

/** Undefined where the rule sends elsewhere by a redirect, which messages cannot follow. */
export function messagePlan({ rule }: FoundRule<HttpBackend>, service: Service): RoutePlan | undefined {
  const { backends, filters, timeouts = {}, retry } = rule;
  if (filters?.redirect) return undefined;
  const { request, backendRequest } = timeouts;
  return {
    backends: backends.map(({ backend, weight }) => ({ weight, ...leadsTo(backend) })),
    mirrors: (filters?.mirrors ?? []).flatMap(({ backend, fraction = 1 }) => {
      const { to } = leadsTo(backend);
      return to === undefined ? [] : [{ to, fraction }];
    }),
    ...(request !== undefined && { timeoutMs: request }),
    ...(backendRequest !== undefined && { attemptMs: backendRequest }),
    ...(retry && {
      retry: {
        codes: retry.codes ?? [],
        attempts: retry.attempts ?? 1,
        backoffMs: retry.backoff ?? 25,
      },
    }),
    budget: serviceTrafficRules(service.metadata.annotations).retryBudget,
  };
}

function leadsTo(backend: HttpBackend): { readonly to?: string; readonly why?: string } {
  if (backend.status !== undefined) return { why: backend.why };
  return { to: `endpoints/${backend.namespace}/${backend.service}` };
}

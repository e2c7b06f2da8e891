/** How the traffic of a Service is spread, in the words of those who send it: out of its spec and its annotations. */
import type { TrafficPolicy } from "../messages/index.ts";
import { type Service, serviceTrafficRules } from "../resources/index.ts";

/** As in Kubernetes. */
const affinitySeconds = 10_800;

/** Every thread is told of it that asks for the Service: it is read once for each of its revisions. */
const known = new WeakMap<Service, TrafficPolicy>();

export function trafficPolicyOf(service: Service): TrafficPolicy {
  let policy = known.get(service);
  if (!policy) {
    policy = policyOf(service);
    known.set(service, policy);
  }
  return policy;
}

function policyOf({ metadata: { namespace, name, annotations }, spec }: Service): TrafficPolicy {
  const { balancing, outliers, limits } = serviceTrafficRules(annotations);
  const seconds = spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySeconds;
  return {
    service: `${namespace}/${name}`,
    balancing,
    ...(spec?.sessionAffinity === "ClientIP" && { affinityMs: seconds * 1_000 }),
    ...(outliers && { outliers }),
    ...(limits && { limits }),
  };
}

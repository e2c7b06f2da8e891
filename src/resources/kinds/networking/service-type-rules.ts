/**
 * What only some types of a Service may have: what a load balancer is told, a port for its health checks, which nodes take traffic from
 * outside. As in Kubernetes' `ValidateService`.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, notSupported } from "../../faults.ts";
import type { ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { qualifiedName } from "../../names.ts";
import { blockFault } from "./address-block.ts";
import { portFaults } from "./addresses.ts";
import { isReachedFromOutside, wantsHealthCheckPort } from "./service-allocation.ts";

const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const ofLoadBalancers = "may only be used when `type` is 'LoadBalancer'";
const rangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";

export function serviceTypeFaults(spec: ServiceSpec, annotations: Readonly<Record<string, string>>): Cause[] {
  const { trafficDistribution, externalTrafficPolicy } = spec;
  const outside = "may only be set for externally-accessible services";
  return [
    ...rangeFaults(spec, annotations[rangesAnnotation]),
    ...balancerFaults(spec),
    ...(externalTrafficPolicy === undefined || isReachedFromOutside(spec)
      ? []
      : [invalidValue("spec.externalTrafficPolicy", externalTrafficPolicy, outside)]),
    ...healthCheckFaults(spec),
    ...(trafficDistribution === undefined || distributions.includes(trafficDistribution)
      ? []
      : [notSupported("spec.trafficDistribution", trafficDistribution, distributions)]),
  ];
}

/** Where the field says nothing, an older annotation may. */
function rangeFaults({ type, loadBalancerSourceRanges = [] }: ServiceSpec, annotation?: string): Cause[] {
  const isField = loadBalancerSourceRanges.length > 0;
  if (!isField && annotation === undefined) return [];
  const field = isField ? "spec.LoadBalancerSourceRanges" : `metadata.annotations[${rangesAnnotation}]`;
  const written = annotation?.trim() ? annotation.split(",") : [];
  const causes = (isField ? loadBalancerSourceRanges : written).flatMap((text, i) => {
    const range = text.trim();
    const fault = blockFault(range);
    return fault === undefined ? [] : [invalidValue(isField ? `${field}[${i}]` : field, range, fault)];
  });
  return type === "LoadBalancer" ? causes : [forbidden(field, ofLoadBalancers), ...causes];
}

function balancerFaults({ type, loadBalancerClass, allocateLoadBalancerNodePorts }: ServiceSpec): Cause[] {
  if (type === "LoadBalancer") return misnamed(qualifiedName, loadBalancerClass, "spec.loadBalancerClass");
  return Object.entries({ allocateLoadBalancerNodePorts, loadBalancerClass }).flatMap(([field, value]) =>
    value === undefined ? [] : [forbidden(`spec.${field}`, ofLoadBalancers)],
  );
}

function healthCheckFaults(spec: ServiceSpec): Cause[] {
  const { healthCheckNodePort } = spec;
  const field = "spec.healthCheckNodePort";
  if (!healthCheckNodePort) return [];
  if (wantsHealthCheckPort(spec)) return portFaults(healthCheckNodePort, field);
  const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [invalidValue(field, healthCheckNodePort, detail)];
}

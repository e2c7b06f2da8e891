/**
 * What only some types of a Service may have (what a load balancer is told, a port for its health checks), and what this cluster's
 * one family of addresses allows. As in Kubernetes' `ValidateService` and in what gives out its addresses.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, notSupported } from "../../faults.ts";
import type { ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { qualifiedName } from "../../names.ts";
import { blockFault } from "./address-block.ts";
import { portFaults } from "./addresses.ts";
import { wantsHealthCheckPort } from "./service-allocation.ts";

const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const ofLoadBalancers = "may only be used when `type` is 'LoadBalancer'";

export function serviceTypeFaults(spec: ServiceSpec): Cause[] {
  const { trafficDistribution } = spec;
  return [
    ...(spec.type === "LoadBalancer" ? balancerFaults(spec) : unbalancedFaults(spec)),
    ...healthCheckFaults(spec),
    ...(trafficDistribution === undefined || distributions.includes(trafficDistribution)
      ? []
      : [notSupported("spec.trafficDistribution", trafficDistribution, distributions)]),
    ...familyFaults(spec),
  ];
}

function balancerFaults({ loadBalancerSourceRanges = [], loadBalancerClass }: ServiceSpec): Cause[] {
  const causes = loadBalancerSourceRanges.flatMap((range, i) => {
    const fault = blockFault(range.trim());
    return fault === undefined ? [] : [invalidValue(`spec.LoadBalancerSourceRanges[${i}]`, range, fault)];
  });
  return [...causes, ...misnamed(qualifiedName, loadBalancerClass, "spec.loadBalancerClass")];
}

function unbalancedFaults({
  loadBalancerSourceRanges = [],
  loadBalancerClass,
  allocateLoadBalancerNodePorts,
}: ServiceSpec): Cause[] {
  return [
    ...(loadBalancerSourceRanges.length > 0
      ? [forbidden("spec.LoadBalancerSourceRanges", ofLoadBalancers)]
      : []),
    ...(allocateLoadBalancerNodePorts === undefined
      ? []
      : [forbidden("spec.allocateLoadBalancerNodePorts", ofLoadBalancers)]),
    ...(loadBalancerClass === undefined ? [] : [forbidden("spec.loadBalancerClass", ofLoadBalancers)]),
  ];
}

function healthCheckFaults(spec: ServiceSpec): Cause[] {
  const { healthCheckNodePort } = spec;
  if (!healthCheckNodePort) return [];
  if (wantsHealthCheckPort(spec)) return portFaults(healthCheckNodePort, "spec.healthCheckNodePort");
  const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [forbidden("spec.healthCheckNodePort", detail)];
}

/** The cluster has addresses of IPv4 alone. A headless Service without a selector is given none, so it may name any family. */
function familyFaults({ type, clusterIP, selector, ipFamilyPolicy, ipFamilies = [] }: ServiceSpec): Cause[] {
  if (type === "ExternalName") {
    return Object.entries({ ipFamilies, ipFamilyPolicy }).flatMap(([field, value]) =>
      value === undefined || value.length === 0
        ? []
        : [forbidden(`spec.${field}`, "may not be set for ExternalName services")],
    );
  }
  // That an address is of the other family is told where addresses are given out.
  if ((clusterIP === "None" && !selector) || clusterIP?.includes(":")) return [];
  const causes = ipFamilies.flatMap((family, i) =>
    family === "IPv4"
      ? []
      : [invalidValue(`spec.ipFamilies[${i}]`, family, "not configured on this cluster")],
  );
  if (ipFamilyPolicy !== "RequireDualStack") return causes;
  const detail = "this cluster is not configured for dual-stack services";
  return [invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy, detail), ...causes];
}

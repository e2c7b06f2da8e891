/** The door of networking/: Services, EndpointSlices, Ingresses, NetworkPolicies, and what addresses and ports are. */

export { blockFault, isInBlock, isWithin } from "./address-block.ts";
export { addressFaults, portFaults, portOrNameFaults } from "./addresses.ts";
export { endpointsRules } from "./endpoint-rules.ts";
export { endpointslice } from "./endpointslice.ts";
export { ingressClassRules, ingressRules } from "./ingress-rules.ts";
export { networkPolicyRules } from "./network-policy-rules.ts";
export { service } from "./service.ts";
export { allocatorLabels, ownServiceBlock, ownServiceCidr } from "./service-blocks.ts";
export { type ServiceTrafficRules, serviceTrafficRules } from "./traffic-annotations.ts";

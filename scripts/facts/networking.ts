/** Facts of `networking.k8s.io` and `discovery.k8s.io`. */
import type { FieldFacts } from "./field-facts.ts";

export const networking: Record<string, Record<string, FieldFacts>> = {
  Endpoint: {
    addresses: { listType: "set" },
  },
  EndpointSlice: {
    addressType: { enum: ["FQDN", "IPv4", "IPv6"] },
  },
  HTTPIngressPath: {
    pathType: { enum: ["Exact", "ImplementationSpecific", "Prefix"] },
  },
  IPAddress: {
    $: { required: [] },
  },
  IngressPortStatus: {
    protocol: { enum: ["SCTP", "TCP", "UDP"] },
  },
  NetworkPolicyPort: {
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
  },
  NetworkPolicySpec: {
    policyTypes: { enum: ["Egress", "Ingress"] },
  },
  ServiceBackendPort: {
    $: { atomic: true },
  },
  ServiceCIDRStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
};

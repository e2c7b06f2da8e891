/**
 * What an update of a Service means for what the Service was given before. An update that says nothing of it keeps it (an
 * address, node ports), and one to a type that has no use for it drops it, unless it asks for something else there: then it is
 * the rules that refuse it. As in Kubernetes (`pkg/registry/core/service`).
 */
import type { ServicePort, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { isSame } from "../../sameness.ts";
import {
  isReachedFromOutside,
  needsClusterIP,
  wantsHealthCheckPort,
  wantsNodePorts,
} from "./service-allocation.ts";

export function updatedSpec(given: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const spec = withOneAddress(given, old);
  const outdated = fieldsOfTypes.filter(
    ([field, isUsed]) =>
      spec[field] !== undefined && isSame(spec[field], old[field]) && isUsed(old) && !isUsed(spec),
  );
  const kept =
    outdated.length > 0
      ? without(
          spec,
          outdated.map(([field]) => field),
        )
      : spec;
  return withAllocated(withoutNodePorts(kept, old), old);
}

const hasAddress = ({ type }: ServiceSpec) => type !== "ExternalName";
const isBalanced = ({ type }: ServiceSpec) => type === "LoadBalancer";

/** Fields that only some types have a use for, and which those are. */
const fieldsOfTypes: readonly (readonly [keyof ServiceSpec, (spec: ServiceSpec) => boolean])[] = [
  ["clusterIP", hasAddress],
  ["clusterIPs", hasAddress],
  ["ipFamilies", hasAddress],
  ["ipFamilyPolicy", hasAddress],
  ["externalTrafficPolicy", isReachedFromOutside],
  ["healthCheckNodePort", wantsHealthCheckPort],
  ["allocateLoadBalancerNodePorts", isBalanced],
  ["loadBalancerClass", isBalanced],
];

function without(spec: ServiceSpec, fields: readonly (keyof ServiceSpec)[]): ServiceSpec {
  return Object.fromEntries(
    Object.entries(spec).filter(([field]) => !fields.includes(field as keyof ServiceSpec)),
  ) as ServiceSpec;
}

function withoutNodePorts(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  if (!wantsNodePorts(old) || wantsNodePorts(spec)) return spec;
  const areKept = isSame(spec.ports?.map(nodePortOf), old.ports?.map(nodePortOf));
  return areKept ? { ...spec, ports: spec.ports?.map(({ nodePort: _, ...port }) => port) } : spec;
}

function nodePortOf({ nodePort = 0 }: ServicePort): number {
  return nodePort;
}

/** Where an update changes `clusterIP` alone, it is about the list of them too. */
function withOneAddress(spec: ServiceSpec, { clusterIP, clusterIPs }: ServiceSpec): ServiceSpec {
  if (!spec.clusterIP || spec.clusterIP === clusterIP) return spec;
  return isSame(spec.clusterIPs, clusterIPs) ? { ...spec, clusterIPs: [spec.clusterIP] } : spec;
}

function withAllocated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const { clusterIP, clusterIPs } = old;
  const isWithout = needsClusterIP(spec) && !needsClusterIP(old) && old.type !== "ExternalName";
  const isUnchecked = wantsHealthCheckPort(spec) && wantsHealthCheckPort(old) && !spec.healthCheckNodePort;
  const kept = {
    ...(isWithout && { clusterIP, clusterIPs: spec.clusterIPs ?? clusterIPs }),
    ...(isUnchecked && { healthCheckNodePort: old.healthCheckNodePort }),
  };
  const addressed = isWithout || isUnchecked ? { ...spec, ...kept } : spec;
  if (!wantsNodePorts(spec) || !wantsNodePorts(old)) return addressed;
  const before = new Map(old.ports?.map(port => [keyOf(port), port.nodePort]));
  const used = new Set(spec.ports?.map(nodePortOf));
  const isKept = (port: ServicePort) => !port.nodePort && !used.has(before.get(keyOf(port)) ?? 0);
  if (!spec.ports?.some(isKept)) return addressed;
  const ports = spec.ports.map(port =>
    isKept(port) ? { ...port, nodePort: before.get(keyOf(port)) } : port,
  );
  return { ...addressed, ports };
}

function keyOf({ protocol, port }: ServicePort): string {
  return `${protocol}/${port}`;
}

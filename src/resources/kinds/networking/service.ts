/**
 * Service (`v1`): one name for all pods that do the same. In k4s its selector may be a glob over names: then it stands as
 * the value of the label `k4s.dev/name`, which every pod has by nature, and the values of other labels may be globs too.
 */

import type { OwnPart } from "../../definition/index.ts";
import type { Service, ServicePort, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { balancedText, labelsText } from "../columns/cells.ts";
import { allocated, isReachedFromOutside } from "./service-allocation.ts";
import { serviceFaults } from "./service-rules.ts";
import { updatedSpec } from "./service-update.ts";

const affinitySeconds = 10_800;

export const service: OwnPart<Service> = {
  columns: [
    { name: "Type", cell: ({ spec }) => spec.type ?? "ClusterIP" },
    { name: "Cluster-IP", cell: ({ spec }) => spec.clusterIP || "<none>" },
    { name: "External-IP", cell: externalAddress },
    { name: "Port(s)", cell: ({ spec }) => portsText(spec.ports) },
    { name: "Selector", wide: true, cell: ({ spec }) => labelsText(spec.selector) },
  ],
  selectableFields: ["spec.clusterIP", "spec.type"],
  rules: {
    fill(draft, old) {
      const spec = filledSpec(old ? updatedSpec(draft.spec, old.spec) : draft.spec);
      return spec === draft.spec ? draft : { ...draft, spec };
    },
    validate: serviceFaults,
    allocate: allocated,
    initialStatus: () => ({ loadBalancer: {} }),
  },
};

function filledSpec(given: ServiceSpec): ServiceSpec {
  const { type, clusterIP, clusterIPs } = given;
  const spec: ServiceSpec = {
    ...withAffinity(given),
    ...(given.ports && { ports: given.ports.map(withTarget) }),
    ...(clusterIP && !clusterIPs && { clusterIPs: [clusterIP] }),
  };
  const more = {
    ...(type !== "ExternalName" && { internalTrafficPolicy: "Cluster" as const, ...families(spec) }),
    ...(isReachedFromOutside(spec) && { externalTrafficPolicy: "Cluster" as const }),
    ...(type === "LoadBalancer" && { allocateLoadBalancerNodePorts: true }),
  };
  // What was given stands; and where there was nothing to add, the very same object does.
  const isMissing = (name: string) => spec[name as keyof ServiceSpec] === undefined;
  return Object.keys(more).some(isMissing) || !isSame(spec, given) ? { ...more, ...spec } : given;
}

/** How long a client is remembered, said where clients are remembered, and only there. */
function withAffinity(spec: ServiceSpec): ServiceSpec {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  if (sessionAffinity === "ClientIP" && config?.clientIP?.timeoutSeconds === undefined)
    return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: affinitySeconds } } };
  if (sessionAffinity !== "None" || config === undefined) return spec;
  const { sessionAffinityConfig: _, ...rest } = spec;
  return rest;
}

/** One stack. A headless service without a selector may be given addresses of both. */
function families({ clusterIP, clusterIPs = [], selector }: ServiceSpec): Partial<ServiceSpec> {
  if (clusterIP === "None" && !selector) {
    return { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" };
  }
  return { ipFamilies: [clusterIPs[0]?.includes(":") ? "IPv6" : "IPv4"], ipFamilyPolicy: "SingleStack" };
}

function withTarget(port: ServicePort): ServicePort {
  return port.targetPort ? port : { ...port, targetPort: port.port };
}

function isSame(a: ServiceSpec, b: ServiceSpec): boolean {
  const isEqual = (name: keyof ServiceSpec) => a[name] === b[name];
  const samePorts = a.ports?.every((port, i) => port === b.ports?.[i]) ?? true;
  return samePorts && isEqual("clusterIPs") && isEqual("sessionAffinityConfig");
}

function externalAddress({ spec, status }: Service): string {
  const { type, externalIPs = [], externalName } = spec;
  if (type === "ExternalName") return externalName || "<none>";
  if (type !== "LoadBalancer") return externalIPs.join(",") || "<none>";
  const balanced = balancedText(status?.loadBalancer?.ingress);
  return [...(balanced ? [balanced] : []), ...externalIPs].join(",") || "<pending>";
}

function portsText(ports: readonly ServicePort[] = []): string {
  const texts = ports.map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return texts.join(",") || "<none>";
}

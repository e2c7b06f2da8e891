/**
 * What must be right in a Service: something to send to, ports that are told apart, and what its type may say. As in Kubernetes'
 * `ValidateService`, in its order; its addresses come first (service-address-rules.ts).
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, misnamed, required } from "../../faults.ts";
import type { Service, ServicePort, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain, qualifiedName } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { serviceSelectorFaults } from "../../selectors/index.ts";
import { addressFaults, portFaults, portOrNameFaults } from "./addresses.ts";
import { isHeadless, serviceAddressFaults } from "./service-address-rules.ts";
import { serviceChangeFaults } from "./service-change-rules.ts";
import { serviceTypeFaults } from "./service-type-rules.ts";
import { specialAddressFaults } from "./special-addresses.ts";
import { trafficAnnotationFaults } from "./traffic-annotations.ts";

const maxAffinitySeconds = 86_400;

export function serviceFaults({ metadata, spec }: Draft<Service>, old?: Service): Cause[] {
  const unaddressed = serviceAddressFaults(spec);
  if (unaddressed.length > 0) return unaddressed;
  const { ports = [], selector, externalIPs = [] } = spec;
  const { annotations = {} } = metadata;
  return [
    ...(old ? serviceChangeFaults(spec, old.spec) : []),
    ...topologyFaults(annotations),
    ...(ports.length === 0 && needsPorts(spec) ? [required("spec.ports")] : []),
    ...headlessFaults(spec),
    ...nameOnlyFaults(spec),
    ...servicePortFaults(ports, "spec.ports"),
    ...(selector ? serviceSelectorFaults(selector, "spec.selector") : []),
    ...affinityFaults(spec),
    ...externalIPs.flatMap((address, i) => externalAddressFaults(address, `spec.externalIPs[${i}]`)),
    ...takenTwiceFaults(ports, spec, "spec.ports"),
    ...serviceTypeFaults(spec, annotations),
    ...trafficAnnotationFaults(annotations),
  ];
}

const topologyMode = "service.kubernetes.io/topology-mode";
const topologyHints = "service.kubernetes.io/topology-aware-hints";

/** The older and the newer annotation say the same. */
function topologyFaults({ [topologyMode]: mode, [topologyHints]: hints }: Record<string, string>): Cause[] {
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const detail = `must match annotations[${topologyHints}] when both are specified`;
  return [invalidValue(`metadata.annotations[${topologyMode}]`, mode, detail)];
}

/**
 * In Kubernetes every Service has ports, unless it is a name only. One that selects by a label of k4s sends messages, and
 * a message needs none.
 */
function needsPorts(spec: ServiceSpec): boolean {
  if (spec.type === "ExternalName" || isHeadless(spec)) return false;
  return !Object.keys(spec.selector ?? {}).some(key => key.startsWith("k4s.dev/"));
}

function headlessFaults(spec: ServiceSpec): Cause[] {
  const { type } = spec;
  if (!isHeadless(spec) || (type !== "NodePort" && type !== "LoadBalancer")) return [];
  return [invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)];
}

/** A mere name has no addresses. */
function nameOnlyFaults({ type, externalName = "", ...spec }: ServiceSpec): Cause[] {
  if (type !== "ExternalName") return [];
  const { clusterIPs, ipFamilies, ipFamilyPolicy } = spec;
  const causes = Object.entries({ clusterIPs, ipFamilies, ipFamilyPolicy }).flatMap(([field, value]) =>
    value === undefined || value.length === 0
      ? []
      : [forbidden(`spec.${field}`, "may not be set for ExternalName services")],
  );
  // A name may end in the dot of the root.
  const name = externalName.replace(/\.$/, "");
  if (name === "") return [...causes, required("spec.externalName")];
  return causes.concat(dnsSubdomain(name).map(wrong => invalidValue("spec.externalName", name, wrong)));
}

function servicePortFaults(ports: readonly ServicePort[], field: string): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  ports.forEach(({ name, port, targetPort, appProtocol }, i) => {
    const path = `${field}[${i}]`;
    if (!name) {
      if (ports.length > 1) causes.push(required(`${path}.name`));
    } else {
      causes.push(...dnsLabel(name).map(wrong => invalidValue(`${path}.name`, name, wrong)));
      if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    if (port !== undefined) causes.push(...portFaults(port, `${path}.port`));
    if (targetPort !== undefined) causes.push(...portOrNameFaults(targetPort, `${path}.targetPort`));
    causes.push(...misnamed(qualifiedName, appProtocol, `${path}.appProtocol`));
  });
  return causes;
}

function takenTwiceFaults(ports: readonly ServicePort[], { type }: ServiceSpec, field: string): Cause[] {
  const unused = ports.flatMap(({ nodePort }, i) =>
    nodePort && type === "ClusterIP"
      ? [forbidden(`${field}[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")]
      : [],
  );
  const isTaken = (i: number, isSame: (other: ServicePort) => boolean) => ports.slice(0, i).some(isSame);
  const nodePorts = ports.flatMap(({ protocol, nodePort }, i) =>
    nodePort && isTaken(i, other => other.nodePort === nodePort && other.protocol === protocol)
      ? [duplicate(`${field}[${i}].nodePort`, nodePort)]
      : [],
  );
  const numbers = ports.flatMap(({ protocol, port }, i) =>
    isTaken(i, other => other.port === port && other.protocol === protocol)
      ? [duplicate(`${field}[${i}]`, toldPort(protocol, port))]
      : [],
  );
  return [...unused, ...nodePorts, ...numbers];
}

/** Kubernetes tells of a port by the names that its fields have inside, with all of them. */
function toldPort(protocol: string | undefined, port: number) {
  const told = { Name: "", Protocol: protocol, AppProtocol: null, Port: port };
  return { ...told, TargetPort: 0, NodePort: 0 };
}

function externalAddressFaults(address: string, field: string): Cause[] {
  const causes = addressFaults(address, field);
  return causes.length > 0 ? causes : specialAddressFaults(address, field);
}

function affinityFaults({ sessionAffinityConfig }: ServiceSpec): Cause[] {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined || (seconds >= 1 && seconds <= maxAffinitySeconds)) return [];
  const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  return [invalidValue(field, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`)];
}

/** What must be right in a Service: something to send to, ports that are told apart, an address that stays. */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, misnamed, required } from "../../faults.ts";
import type { Service, ServicePort, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain, qualifiedName } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { serviceSelectorFaults } from "../../selectors/index.ts";
import { addressFaults, portFaults, portOrNameFaults } from "./addresses.ts";
import { serviceTypeFaults } from "./service-type-rules.ts";
import { trafficAnnotationFaults } from "./traffic-annotations.ts";

const maxAffinitySeconds = 86_400;

export function serviceFaults({ metadata, spec }: Draft<Service>, old?: Service): Cause[] {
  const { ports = [], selector, type, externalName, externalIPs = [] } = spec;
  const causes: Cause[] = [];
  if (ports.length === 0 && needsPorts(spec)) causes.push(required("spec.ports"));
  causes.push(...servicePortFaults(ports, spec, "spec.ports"));
  if (selector) causes.push(...serviceSelectorFaults(selector, "spec.selector"));
  if (type === "ExternalName") causes.push(...externalNameFaults(externalName));
  externalIPs.forEach((address, i) => {
    causes.push(...addressFaults(address, `spec.externalIPs[${i}]`));
  });
  causes.push(...clusterIPFaults(spec), ...affinityFaults(spec), ...serviceTypeFaults(spec));
  causes.push(...trafficAnnotationFaults(metadata.annotations));
  if (spec.externalTrafficPolicy && type === "ClusterIP" && externalIPs.length === 0) {
    const detail = "may only be set for externally-accessible services";
    causes.push(invalidValue("spec.externalTrafficPolicy", spec.externalTrafficPolicy, detail));
  }
  return old ? causes.concat(clusterIPChangeFaults(spec, old.spec)) : causes;
}

/**
 * In Kubernetes every Service has ports, unless it is a name only. One that selects by a label of k4s sends messages, and
 * a message needs none.
 */
function needsPorts({ type, clusterIP, selector = {} }: ServiceSpec): boolean {
  if (type === "ExternalName" || clusterIP === "None") return false;
  return !Object.keys(selector).some(key => key.startsWith("k4s.dev/"));
}

function servicePortFaults(ports: readonly ServicePort[], { type }: ServiceSpec, field: string): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, i) => {
    const { name, protocol, port: number, targetPort, nodePort, appProtocol } = port;
    const path = `${field}[${i}]`;
    if (!name) {
      if (ports.length > 1) causes.push(required(`${path}.name`));
    } else {
      causes.push(...dnsLabel(name).map(wrong => invalidValue(`${path}.name`, name, wrong)));
      if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    if (number !== undefined) causes.push(...portFaults(number, `${path}.port`));
    if (targetPort !== undefined) causes.push(...portOrNameFaults(targetPort, `${path}.targetPort`));
    if (nodePort && (type === "ClusterIP" || type === "ExternalName")) {
      causes.push(forbidden(`${path}.nodePort`, `may not be used when \`type\` is '${type}'`));
    }
    causes.push(...misnamed(qualifiedName, appProtocol, `${path}.appProtocol`));
    const key = `${protocol}/${number}`;
    if (numbers.has(key)) causes.push(duplicate(path, { protocol, port: number }));
    numbers.add(key);
  });
  return causes;
}

function externalNameFaults(externalName = ""): Cause[] {
  // A name may end in the dot of the root.
  const name = externalName.replace(/\.$/, "");
  if (name === "") return [required("spec.externalName")];
  return dnsSubdomain(name).map(wrong => invalidValue("spec.externalName", externalName, wrong));
}

function clusterIPFaults({ type, clusterIPs = [], clusterIP = "" }: ServiceSpec): Cause[] {
  if (type === "ExternalName") {
    if (clusterIPs.length === 0) return [];
    return [forbidden("spec.clusterIPs", "may not be set for ExternalName services")];
  }
  if (clusterIP === "None" && (type === "NodePort" || type === "LoadBalancer")) {
    return [invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)];
  }
  if (clusterIP !== (clusterIPs[0] ?? "")) {
    return [invalidValue("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`")];
  }
  return clusterIPs.flatMap((address, i) =>
    address === "None" && i === 0 ? [] : addressFaults(address, `spec.clusterIPs[${i}]`),
  );
}

function affinityFaults({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): Cause[] {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity === "None" && sessionAffinityConfig) {
    return [forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")];
  }
  if (seconds === undefined || (seconds >= 1 && seconds <= maxAffinitySeconds)) return [];
  const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  return [invalidValue(field, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`)];
}

/** Clients keep the address, so it stays while there is one. */
function clusterIPChangeFaults(spec: ServiceSpec, old: ServiceSpec): Cause[] {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return [];
  const [before] = old.clusterIPs ?? [];
  if (before === undefined || before === spec.clusterIPs?.[0]) return [];
  return [invalidValue("spec.clusterIPs[0]", spec.clusterIPs, "may not change once set")];
}

/**
 * What a Service is given, each value to one Service at a time: its address and its node ports. The other Services are asked
 * what is taken, so there is no list of free ones that could be wrong.
 */
import type { Service, ServicePort, ServiceSpec } from "../generated/kubernetes.gen.ts";
import type { Others } from "../kind/index.ts";
import type { Draft } from "../object.ts";

/** The draft with what it is to be given; itself where that is nothing. */
export function allocated(draft: Draft<Service>, others: Others<Service>): Draft<Service> {
  const { metadata, spec: wanted } = draft;
  const seed = metadata.uid ?? metadata.name ?? "";
  const spec = withNodePorts(withAddress(wanted, seed, others), seed, others);
  return spec === wanted ? draft : { ...draft, spec };
}

function withAddress(spec: ServiceSpec, seed: string, others: Others<Service>): ServiceSpec {
  if (!needsClusterIP(spec)) return spec;
  const clusterIP = allocateClusterIP(seed, address => others({ "spec.clusterIP": address }).length > 0);
  return { ...spec, clusterIP, clusterIPs: [clusterIP] };
}

function withNodePorts(spec: ServiceSpec, seed: string, others: Others<Service>): ServiceSpec {
  const { ports = [], healthCheckNodePort } = spec;
  const lacksPorts = wantsNodePorts(spec) && ports.some(({ nodePort }) => !nodePort);
  const lacksHealthCheck = wantsHealthCheckPort(spec) && !healthCheckNodePort;
  if (!lacksPorts && !lacksHealthCheck) return spec;
  const taken = new Set([spec, ...others().map(other => other.spec)].flatMap(portsOf));
  const portFor = (name: string | number): number => {
    const nodePort = allocateNodePort(`${seed}/${name}`, candidate => taken.has(candidate));
    taken.add(nodePort);
    return nodePort;
  };
  const withPort = (port: ServicePort) =>
    port.nodePort ? port : { ...port, nodePort: portFor(port.name ?? port.port) };
  return {
    ...spec,
    ...(lacksPorts && { ports: ports.map(withPort) }),
    ...(lacksHealthCheck && { healthCheckNodePort: portFor("health-check") }),
  };
}

function wantsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);
}

/** Where traffic stays on the node that it came to, a load balancer outside asks each node whether it has a pod. */
function wantsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

function portsOf({ ports = [], healthCheckNodePort }: ServiceSpec): (number | undefined)[] {
  return [healthCheckNodePort, ...ports.map(({ nodePort }) => nodePort)];
}

/** Whether the service is to be given an address: it has none, and is neither headless nor a mere name. */
export function needsClusterIP({ type, clusterIP }: ServiceSpec): boolean {
  return type !== "ExternalName" && !clusterIP;
}

/**
 * An address of 10.96.0.0/16 that is not taken. Where to look first follows from the service's name or uid, so that the
 * same cluster, started again, mostly has the same addresses. Throws where all are taken.
 */
function allocateClusterIP(nameOrUid: string, taken: (address: string) => boolean): string {
  // Without the first (the network's), the second (the API server's) and the last (the broadcast's).
  const [first, count] = [2, 65_533];
  const start = hash(nameOrUid) % count;
  for (let i = 0; i < count; i++) {
    const number = first + ((start + i) % count);
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken(address)) return address;
  }
  throw new RangeError("all addresses of 10.96.0.0/16 are taken");
}

/** A port of every node, 30000 to 32767, that is not taken; chosen like the cluster IP. Throws where all are taken. */
function allocateNodePort(nameOrUid: string, taken: (port: number) => boolean): number {
  const [first, count] = [30_000, 2768];
  const start = hash(nameOrUid) % count;
  for (let i = 0; i < count; i++) {
    const port = first + ((start + i) % count);
    if (!taken(port)) return port;
  }
  throw new RangeError("all node ports are taken");
}

/** FNV-1a: spreads names evenly, the same on every machine. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

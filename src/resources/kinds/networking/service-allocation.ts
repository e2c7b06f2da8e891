/**
 * What a Service is given, each value to one Service at a time: its address and its node ports. The other Services are asked
 * what is taken, so there is no list of free ones that could be wrong; and the IPAddresses that somebody else has made keep theirs.
 * Addresses come from the cluster's own block first, then from those of further ServiceCIDRs that are ready (service-blocks.ts).
 */
import type { Cause } from "../../../errors/index.ts";
import type { KindReader, Others } from "../../definition/index.ts";
import { invalid, invalidValue } from "../../faults.ts";
import type { Service, ServicePort, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { isInBlock } from "./address-block.ts";
import { addressesIn, isReserved, serviceBlocks } from "./service-blocks.ts";

const firstNodePort = 30_000;
const nodePorts = 2_768;
const portOutside = `provided port is not in the valid range. The range of valid ports is ${firstNodePort}-${firstNodePort + nodePorts - 1}`;

/** Of the other family there is no address at all. */
function addressOutside(address: string, blocks: readonly string[]): Cause {
  const isOther = address.includes(":");
  const why = isOther
    ? "requested IP family not configured"
    : `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is ${blocks.join(",")}`;
  return invalidValue("spec.clusterIPs", [address], why);
}

/**
 * The draft with what it is to be given; itself where that is nothing. Throws Invalid where it asks for what another has: the
 * check stands here and not among the rules, so that nothing comes between it and the write.
 */
export function allocated(
  draft: Draft<Service>,
  all: Others<Service>,
  isDryRun = false,
  reader?: KindReader,
): Draft<Service> {
  const { metadata, spec: wanted } = draft;
  const seed = metadata.uid ?? metadata.name ?? "";
  const others: Others<Service> = fields => all(fields).filter(other => !isItself(other, draft));
  const addresses: Addresses = {
    blocks: serviceBlocks(reader),
    isTaken: address =>
      others({ "spec.clusterIP": address }).length > 0 || isReserved(address, draft, reader),
  };
  const taken = takenFaults(wanted, others, addresses, isDryRun);
  if (taken.length > 0) throw invalid({ kind: "Service", group: "" }, metadata.name ?? "", taken);
  const spec = withNodePorts(withAddress(wanted, seed, addresses), seed, others);
  return spec === wanted ? draft : { ...draft, spec };
}

interface Addresses {
  readonly blocks: readonly string[];
  isTaken(address: string): boolean;
}

function isItself({ metadata: { namespace, name } }: Service, { metadata }: Draft): boolean {
  return name === metadata.name && namespace === metadata.namespace;
}

/** What it chose itself, and another has. Kubernetes' words. */
function takenFaults(
  { type, clusterIP, ports = [] }: ServiceSpec,
  others: Others<Service>,
  addresses: Addresses,
  isDryRun: boolean,
): Cause[] {
  const hasAddress =
    type !== "ExternalName" && clusterIP !== undefined && clusterIP !== "" && clusterIP !== "None";
  const isTaken = hasAddress && addresses.isTaken(clusterIP);
  const text = `failed to allocate IP ${clusterIP}: provided IP is already allocated`;
  const address = isTaken ? [invalidValue("spec.clusterIPs", [clusterIP], text)] : [];
  const outside = ports.flatMap(({ nodePort = 0 }, i) =>
    isDryRun || nodePort === 0 || (nodePort >= firstNodePort && nodePort < firstNodePort + nodePorts)
      ? []
      : [invalidValue(`spec.ports[${i}].nodePort`, nodePort, portOutside)],
  );
  if (hasAddress && !addresses.blocks.some(block => isInBlock(clusterIP, block)))
    address.push(addressOutside(clusterIP, addresses.blocks));
  if (outside.length > 0) return [...address, ...outside];
  if (!ports.some(({ nodePort }) => nodePort)) return address;
  const taken = new Set(others().flatMap(other => portsOf(other.spec)));
  const takenPorts = ports.flatMap(({ nodePort }, i) =>
    nodePort && taken.has(nodePort)
      ? [invalidValue(`spec.ports[${i}].nodePort`, nodePort, "provided port is already allocated")]
      : [],
  );
  return [...address, ...takenPorts];
}

function withAddress(spec: ServiceSpec, seed: string, { blocks, isTaken }: Addresses): ServiceSpec {
  if (!needsClusterIP(spec)) return spec;
  const clusterIP = allocateClusterIP(seed, blocks, isTaken);
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

export function wantsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);
}

/** Where traffic stays on the node that it came to, a load balancer outside asks each node whether it has a pod. */
export function wantsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

/** Whether it is reached from outside of the cluster, so that which nodes take the traffic is to be said. */
export function isReachedFromOutside({ type, externalIPs = [] }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer" || (type === "ClusterIP" && externalIPs.length > 0);
}

function portsOf({ ports = [], healthCheckNodePort }: ServiceSpec): (number | undefined)[] {
  return [healthCheckNodePort, ...ports.map(({ nodePort }) => nodePort)];
}

/** Whether the service is to be given an address: it has none, and is neither headless nor a mere name. */
export function needsClusterIP({ type, clusterIP }: ServiceSpec): boolean {
  return type !== "ExternalName" && !clusterIP;
}

/**
 * An address of the blocks that is not taken, of the first block that has one. Where to look first follows from the service's name or
 * uid, so that the same cluster, started again, mostly has the same addresses. Throws where all are taken.
 */
function allocateClusterIP(
  nameOrUid: string,
  blocks: readonly string[],
  isTaken: (address: string) => boolean,
): string {
  for (const block of blocks)
    for (const address of addressesIn(block, hash(nameOrUid))) if (!isTaken(address)) return address;
  throw new RangeError(`all addresses of ${blocks.join(",")} are taken`);
}

/** A port of every node, 30000 to 32767, that is not taken; chosen like the cluster IP. Throws where all are taken. */
function allocateNodePort(nameOrUid: string, taken: (port: number) => boolean): number {
  const [first, count] = [firstNodePort, nodePorts];
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

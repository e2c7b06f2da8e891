/**
 * How a pod stands in a Service's list: its address and what can be said of it (ready, serving, terminating), and the ports
 * under which this pod offers what the Service offers. Two pods may have different ports, for a Service may name a port
 * that each container numbers as it likes.
 */
import {
  type Endpoint,
  type EndpointPort,
  hasEnded,
  isSame,
  isTerminating,
  isTrue,
  type Pod,
  type Service,
  servingContainers,
} from "../../resources/index.ts";

/** A pod as it is to be listed. */
export interface Listing {
  readonly uid: string;
  readonly endpoint: Endpoint;
  readonly ports: readonly EndpointPort[];
}

/** Whether the pod can be listed at all: it has an address, and has not ended. */
export function isListed(pod: Pod): boolean {
  return pod.status?.podIP !== undefined && !hasEnded(pod);
}

/**
 * Says how a pod is listed by this Service.
 * @param zoneOf the zone of a node; undefined where it says none
 */
export function listingOf(
  service: Service,
  zoneOf: (node: string) => string | undefined,
): (pod: Pod) => Listing {
  const ports = portsOf(service);
  return pod => ({
    uid: pod.metadata.uid,
    endpoint: endpointOf(service, pod, zoneOf),
    ports: ports(pod),
  });
}

function endpointOf(
  { metadata, spec }: Service,
  pod: Pod,
  zoneOf: (node: string) => string | undefined,
): Endpoint {
  const { namespace, name, uid } = pod.metadata;
  const { hostname, subdomain, nodeName } = pod.spec;
  const serving = isTrue(pod, "Ready");
  const terminating = isTerminating(pod);
  // Who asks for pods that are not ready takes those that are going as well.
  const zone = nodeName ? zoneOf(nodeName) : undefined;
  const ready = (spec.publishNotReadyAddresses ?? false) || (serving && !terminating);
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    ...(hostname && subdomain === metadata.name && { hostname }),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(ready && hintsOf(spec.trafficDistribution, nodeName, zone)),
  };
}

/** Who is to be led to an endpoint: the clients of its own zone, or first those of its own node. */
function hintsOf(
  distribution: string | undefined,
  node: string | undefined,
  zone: string | undefined,
): Pick<Endpoint, "hints"> {
  const forZones = distribution && zone ? [{ name: zone }] : undefined;
  const forNodes = distribution === "PreferSameNode" && node ? [{ name: node }] : undefined;
  return forZones || forNodes
    ? { hints: { ...(forNodes && { forNodes }), ...(forZones && { forZones }) } }
    : {};
}

/** Whether two endpoints of one pod say the same. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.addresses[0] === b.addresses[0] &&
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    a.hostname === b.hostname &&
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    isSame(a.hints, b.hints) &&
    a.targetRef?.name === b.targetRef?.name
  );
}

/** Whether a change of a pod is none to any Service. */
export function looksAlike(before: Pod, after: Pod): boolean {
  return (
    before.metadata.labels === after.metadata.labels &&
    before.status?.podIP === after.status?.podIP &&
    before.spec.nodeName === after.spec.nodeName &&
    isListed(before) === isListed(after) &&
    isTrue(before, "Ready") === isTrue(after, "Ready") &&
    isTerminating(before) === isTerminating(after)
  );
}

/** The ports of each pod. Where none goes by name they are the same for all, and then the very same array. */
function portsOf({ spec }: Service): (pod: Pod) => readonly EndpointPort[] {
  const { ports = [] } = spec;
  const resolve = (pod?: Pod) =>
    ports.flatMap(({ name = "", protocol = "TCP", port, targetPort = port, appProtocol }) => {
      const number = typeof targetPort === "number" ? targetPort : portNamed(targetPort, protocol, pod);
      // A pod without a port of that name offers the others.
      return number === undefined
        ? []
        : [{ name, protocol, port: number, ...(appProtocol && { appProtocol }) }];
    });
  if (ports.some(({ targetPort }) => typeof targetPort === "string")) return resolve;
  const same = resolve();
  return () => same;
}

function portNamed(name: string, protocol: string, pod: Pod | undefined): number | undefined {
  for (const { ports = [] } of pod ? servingContainers(pod) : []) {
    const found = ports.find(port => port.name === name && (port.protocol ?? "TCP") === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

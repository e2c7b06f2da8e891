/**
 * What a host name or an address means inside the cluster. The network of the main thread answers a thread so and tells it of every
 * change; which endpoint a connection goes to is chosen here, in the thread that connects, as kube-proxy would on its node.
 */
import type { EndpointUse, ServiceTraffic, TrafficBook, TrafficPolicy } from "./traffic/index.ts";

export interface FoundHost {
  /** The full name. */
  readonly name: string;
  /** What DNS answers: the address of a Service, or those of pods. */
  readonly addresses: readonly string[];
  /** Where the TCP ports of a Service lead. Undefined where there is no Service in between: an address is a pod's own. */
  readonly ports?: readonly FoundPort[];
  /** Where its UDP ports lead; undefined where it has none, and where there is no Service in between. */
  readonly udpPorts?: readonly FoundPort[];
  /** Of a Service: how one of its endpoints is chosen. */
  readonly traffic?: TrafficPolicy;
  /** Only endpoints on the client's own node (`internalTrafficPolicy: Local`). */
  readonly isLocal?: boolean;
  /** A name outside of the cluster that it stands for (ExternalName); it has no address here. */
  readonly outside?: string;
}

/** A port of a Service. */
export interface FoundPort {
  readonly name: string;
  readonly port: number;
  /** Those that take connections: none where nothing behind the Service is ready. */
  readonly endpoints: readonly FoundEndpoint[];
}

export interface FoundEndpoint {
  readonly address: string;
  readonly port: number;
  /** The node that it is on, where that is known. */
  readonly node?: string;
  /** The nodes and zones whose clients are to be led to it (`trafficDistribution`). */
  readonly forNodes?: readonly string[];
  readonly forZones?: readonly string[];
  /** It is the Service itself, whose routes are applied there to each request: where those lead is decided then. */
  readonly isProxy?: boolean;
}

/** The client, as far as the choice of an endpoint depends on it. */
export interface ConnectingClient {
  /** Its address. */
  readonly address: string;
  /** What it has under way. */
  readonly traffic: TrafficBook;
}

export interface ConnectionChoice {
  readonly endpoint: FoundEndpoint;
  /** To be told how the connection goes; undefined where no Service is in between. */
  readonly use?: EndpointUse;
}

/**
 * The endpoint for one connection to a port of one of the addresses. Undefined: the connection is refused, because the Service has no
 * such port, or nothing behind it is ready.
 * @param without endpoints, as they are found there, that are not to be chosen
 */
export function endpointFor(
  found: FoundHost,
  address: string,
  port: number,
  client: ConnectingClient,
  without?: ReadonlySet<FoundEndpoint>,
): ConnectionChoice | undefined {
  if (!found.ports) return { endpoint: { address, port } };
  const foundPort = found.ports.find(each => each.port === port);
  if (!foundPort || foundPort.endpoints.length === 0) return undefined;
  const [first] = foundPort.endpoints;
  if (first?.isProxy) return { endpoint: first };
  const policy = found.traffic ?? { service: found.name, balancing: "random" };
  const traffic = client.traffic.of(policy, foundPort.name || String(port));
  const lanes = lanesOf(traffic, foundPort.endpoints);
  const left = without?.size ? lanes.filter(each => !without.has(each.found)) : lanes;
  const lane = traffic.choose(left, client.address);
  return lane && { endpoint: lane.found, use: lane.use };
}

/** An endpoint with what is under way to it. */
class Lane {
  readonly found: FoundEndpoint;
  readonly use: EndpointUse;

  constructor(found: FoundEndpoint, use: EndpointUse) {
    this.found = found;
    this.use = use;
  }

  get endpoint(): string {
    return this.use.endpoint;
  }

  get outstanding(): number {
    return this.use.outstanding;
  }
}

/** Kept as long as the directory says the same. */
const known = new WeakMap<
  ServiceTraffic,
  { readonly of: readonly FoundEndpoint[]; readonly lanes: readonly Lane[] }
>();

function lanesOf(traffic: ServiceTraffic, endpoints: readonly FoundEndpoint[]): readonly Lane[] {
  const before = known.get(traffic);
  if (before?.of === endpoints) return before.lanes;
  const lanes = endpoints.map(found => new Lane(found, traffic.use(`${found.address}:${found.port}`)));
  traffic.keep(lanes.map(({ endpoint }) => endpoint));
  known.set(traffic, { of: endpoints, lanes });
  return lanes;
}

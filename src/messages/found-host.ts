/**
 * What a host name or an address means inside the cluster. The network of the main thread answers a thread so and tells it of every
 * change; which endpoint a connection goes to is chosen here, in the thread that connects, as kube-proxy would on its node.
 */
import type { Random } from "../outside/index.ts";

export interface FoundHost {
  /** The full name. */
  readonly name: string;
  /** What DNS answers: the address of a Service, or those of pods. */
  readonly addresses: readonly string[];
  /** Where the TCP ports of a Service lead. Undefined where there is no Service in between: an address is a pod's own. */
  readonly ports?: readonly FoundPort[];
  /** Each client keeps to one endpoint (`sessionAffinity: ClientIP`). */
  readonly isSticky?: boolean;
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
}

/** The client, as far as the choice of an endpoint depends on it. */
export interface ConnectingClient {
  /** Its address. */
  readonly address: string;
  readonly node: string;
  readonly random: Random;
}

/**
 * The endpoint for one connection to a port of one of the addresses. Undefined: the connection is refused, because the Service has no
 * such port, or nothing behind it is ready.
 */
export function endpointFor(
  found: FoundHost,
  address: string,
  port: number,
  client: ConnectingClient,
): FoundEndpoint | undefined {
  if (!found.ports) return { address, port };
  const all = found.ports.find(each => each.port === port)?.endpoints ?? [];
  const endpoints = found.isLocal ? all.filter(({ node }) => node === client.node) : all;
  if (found.isSticky) return keptTo(endpoints, client.address);
  return endpoints[client.random.below(endpoints.length)];
}

/** The one with the highest weight: the containers of one pod agree on it without having spoken, and keep to it while it is there. */
function keptTo(endpoints: readonly FoundEndpoint[], client: string): FoundEndpoint | undefined {
  let best: FoundEndpoint | undefined;
  let highest = -1;
  for (const endpoint of endpoints) {
    const weight = weightOf(`${client} ${endpoint.address}:${endpoint.port}`);
    if (weight <= highest) continue;
    best = endpoint;
    highest = weight;
  }
  return best;
}

/** FNV-1a, mixed once more: what differs in the last character alone must differ in the high bits. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

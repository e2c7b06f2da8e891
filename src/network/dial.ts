/** How what comes from outside is connected to an endpoint: handed in, because only a node knows the ports of its pods. */
import type { Duplex } from "node:stream";
import type { FoundEndpoint } from "../messages/index.ts";

interface Dialled {
  /** Who the pod is told that connects. Default: 127.0.0.1. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rejects as Node's connect does, or with the reason of the signal. */
export type DialEndpoint = (endpoint: FoundEndpoint, dialled?: Dialled) => Promise<Duplex>;

/** So long a connection to an endpoint may take, in milliseconds, as with other proxies. */
export const connectMs = 5_000;

/** Why NetworkPolicies deny a client, by its address, an endpoint; undefined where they allow it. */
export type DeniedEndpoint = (
  client: string,
  endpoint: FoundEndpoint,
  protocol?: "TCP" | "UDP",
) => string | undefined;

/** Where datagrams to an endpoint are sent on this machine; undefined where nothing takes them. */
export type FindDatagramPort = (endpoint: FoundEndpoint) => DatagramPlace | undefined;

export interface DatagramPlace {
  readonly host: string;
  readonly port: number;
  /** What stands before each datagram from this port of the machine. */
  head(fromPort: number): Uint8Array;
}

/**
 * What would lead a connection in a circle: an endpoint that is a listener of this cluster itself, at a node port or the entrance. Each round would
 * make one more connection, until there are no descriptors left for anybody; so such an endpoint is not dialled, and is sent no datagrams.
 */
import { isIP, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { FoundEndpoint } from "../messages/index.ts";
import { type Clock, setBounded, unmapped } from "../outside/index.ts";
import type { DialEndpoint, FindDatagramPort } from "./dial.ts";

export interface OwnListenersParts {
  readonly dial: DialEndpoint;
  readonly findDatagramPort: FindDatagramPort;
  /** The addresses at which something of this cluster listens on this port of the machine. */
  readonly hostsAt: (port: number, protocol: "TCP" | "UDP") => readonly string[];
  readonly clock: Pick<Clock, "now">;
  /** Told of an endpoint that is such a listener, at most once a minute. */
  readonly onLoop: (endpoint: FoundEndpoint) => void;
}

const quietMs = 60_000;
/** So many endpoints are remembered. */
const mostTold = 1_000;

export class OwnListeners {
  readonly #parts: OwnListenersParts;
  readonly #toldAt = new Map<string, number>();

  constructor(parts: OwnListenersParts) {
    this.#parts = parts;
  }

  /** Dials what is none of them. */
  readonly dial: DialEndpoint = async (endpoint, dialled) => {
    const { address, port } = endpoint;
    if (this.#isOwn(address, port)) throw this.#loop(endpoint);
    const made = await this.#parts.dial(endpoint, dialled);
    // What a name leads to is known by now.
    if (isIP(address) === 0 && made instanceof Socket && this.#isOwn(made.remoteAddress, made.remotePort)) {
      made.destroy();
      throw this.#loop(endpoint);
    }
    return made;
  };

  /** Where datagrams are sent, to what is none of them. */
  readonly findDatagramPort: FindDatagramPort = endpoint => {
    if (!this.#isOwn(endpoint.address, endpoint.port, "UDP")) return this.#parts.findDatagramPort(endpoint);
    this.#tell(endpoint);
    return undefined;
  };

  #isOwn(address: string | undefined, port: number | undefined, protocol: "TCP" | "UDP" = "TCP"): boolean {
    if (!address || !port) return false;
    return this.#parts.hostsAt(port, protocol).some(host => reachesListener(address, host));
  }

  #loop(endpoint: FoundEndpoint): Error {
    this.#tell(endpoint);
    return Object.assign(new Error(loopText(endpoint)), { code: "ELOOP" });
  }

  #tell(endpoint: FoundEndpoint): void {
    const { clock, onLoop } = this.#parts;
    const name = `${endpoint.address}:${endpoint.port}`;
    const now = clock.now();
    if (now - (this.#toldAt.get(name) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
    setBounded(this.#toldAt, name, now, mostTold);
    onLoop(endpoint);
  }
}

export function loopText({ address, port }: FoundEndpoint): string {
  return `${address}:${port} is where this cluster itself listens, which would lead in a circle`;
}

/** Whether what is sent to an address of this machine comes to what listens at the other. */
export function reachesListener(address: string, listener: string): boolean {
  const host = unmapped(listener);
  const isEverywhere = host === "0.0.0.0" || host === "::";
  return meant(unmapped(address).toLowerCase()).some(
    target => target === host || (isEverywhere && isOfThisMachine(target)),
  );
}

/** As a target the unspecified address is this machine's loopback. */
function meant(address: string): readonly string[] {
  if (address === "localhost") return ["127.0.0.1", "::1"];
  if (address === "0.0.0.0") return ["127.0.0.1"];
  return address === "::" ? ["::1"] : [address];
}

function isOfThisMachine(address: string): boolean {
  if (address.startsWith("127.") || address === "::1") return true;
  return Object.values(networkInterfaces()).some(each => each?.some(own => own.address === address));
}

/**
 * The node port of a UDP port of a Service, on loopback. The datagrams of one client go to one endpoint, as long as it is listed, by a socket
 * of their own: what comes back there is for that client. Who has been silent for a while is forgotten, as connection tracking does it.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type EndpointUse, endpointFor, type FoundEndpoint, type TrafficBook } from "../../messages/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { DeniedEndpoint, FindDatagramPort } from "../dial.ts";
import type { FoundService } from "../service-ports.ts";
import { trafficPolicyOf } from "../traffic-policies.ts";

export interface DatagramPortParts {
  /** The Service as it is by now; undefined where it is gone. */
  readonly service: () => FoundService | undefined;
  /** The port of the Service. */
  readonly port: number;
  readonly find: FindDatagramPort;
  readonly denied: DeniedEndpoint;
  /** Whether a balancer would let the client through. */
  readonly isSource: (client: string, found: FoundService) => boolean;
  readonly clock: Pick<Clock, "after">;
  readonly traffic: TrafficBook;
}

/** What one client sends, and gets. */
interface Flow {
  readonly endpoint: FoundEndpoint;
  readonly socket: Socket;
  /** Resolves when the socket has a port. */
  readonly bound: Promise<unknown>;
  readonly use: EndpointUse | undefined;
  silence: Timer;
}

/** So long a client may be silent, in milliseconds: of connection tracking, where answers have come. */
const silenceMs = 120_000;
/** So many clients are remembered: the one that has come first is forgotten first. */
const mostFlows = 1_000;

export class DatagramPort {
  readonly #parts: DatagramPortParts;
  readonly #socket = createSocket("udp4");
  /** By the client's address and port. */
  readonly #flows = new Map<string, Flow>();

  constructor(parts: DatagramPortParts) {
    this.#parts = parts;
  }

  /** Rejects where the port is taken. */
  async listen(host: string, port: number): Promise<void> {
    this.#socket.bind({ address: host, port, exclusive: true });
    try {
      await once(this.#socket, "listening");
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    this.#socket.on("message", (body, from) => this.#take(body, from));
    // What cannot be sent is lost.
    this.#socket.on("error", () => {});
  }

  get listens(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const key of [...this.#flows.keys()]) this.#forget(key);
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #take(body: Buffer, { address, port }: RemoteInfo): void {
    const found = this.#parts.service();
    const key = `${address}:${port}`;
    const flow = found && (this.#known(key, found) ?? this.#begin(key, address, port, found));
    if (!found || !flow) return;
    const { endpoint, socket } = flow;
    const isDropped =
      this.#parts.denied(address, endpoint, "UDP") !== undefined || !this.#parts.isSource(address, found);
    const to = isDropped ? undefined : this.#parts.find(endpoint);
    flow.silence.cancel();
    flow.silence = this.#silence(key);
    if (to)
      void flow.bound.then(() => {
        if (this.#flows.get(key) === flow)
          socket.send([to.head(socket.address().port), body], to.port, to.host);
      });
  }

  #known(key: string, found: FoundService): Flow | undefined {
    const flow = this.#flows.get(key);
    const isIt = ({ address, port }: FoundEndpoint) =>
      address === flow?.endpoint.address && port === flow.endpoint.port;
    if (!flow || this.#endpoints(found).some(isIt)) return flow;
    this.#forget(key);
    return undefined;
  }

  #endpoints({ udpPorts }: FoundService): readonly FoundEndpoint[] {
    return udpPorts.find(each => each.port === this.#parts.port)?.endpoints ?? [];
  }

  #begin(key: string, address: string, port: number, { service, udpPorts }: FoundService): Flow | undefined {
    const { traffic, find } = this.#parts;
    const { name } = service.metadata;
    const host = { name, addresses: [], ports: udpPorts, traffic: trafficPolicyOf(service) };
    const { endpoint, use } = endpointFor(host, "", this.#parts.port, { address, traffic }) ?? {};
    if (!endpoint) return undefined;
    const socket = createSocket("udp4");
    socket.on("error", () => {});
    const bound = new Promise(resolve => socket.bind(0, () => resolve(undefined)));
    socket.on("message", (body, from) => {
      // Nobody else is expected to know of it.
      if (from.port === find(endpoint)?.port) this.#socket.send(body, port, address);
    });
    use?.begin();
    use?.went("success");
    const [oldest] = this.#flows.keys();
    if (this.#flows.size >= mostFlows && oldest !== undefined) this.#forget(oldest);
    const flow: Flow = { endpoint, socket, bound, use, silence: this.#silence(key) };
    this.#flows.set(key, flow);
    return flow;
  }

  #silence(key: string): Timer {
    return this.#parts.clock.after(silenceMs, () => this.#forget(key));
  }

  #forget(key: string): void {
    const flow = this.#flows.get(key);
    this.#flows.delete(key);
    flow?.silence.cancel();
    flow?.use?.end();
    flow?.socket.close();
  }
}

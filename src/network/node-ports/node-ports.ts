/**
 * The node ports of Services, on loopback: one address stands for all nodes of the cluster, for they are all on this machine. Each connection
 * goes to one endpoint of the Service (connection-forwarding.ts).
 */
import { once } from "node:events";
import { type AddressInfo, BlockList, createServer, isIPv6, type Server, type Socket } from "node:net";
import { messageOf } from "../../errors/index.ts";
import { unmapped } from "../../outside/index.ts";
import type { Service, ServicePort } from "../../resources/index.ts";
import { type ConnectionForwardingParts, forwardConnection } from "../connection-forwarding.ts";
import type { FindDatagramPort } from "../dial.ts";
import type { FoundService, ServicePorts } from "../service-ports.ts";
import { DatagramPort } from "./datagram-port.ts";
import { type HealthCheckPort, healthCheckPort } from "./health-check-port.ts";

/** Only this machine's programs come there: it is not for a Service of a cluster to open a machine to the network. */
export const nodePortAddress = "127.0.0.1";

/** What became of a port. */
export interface OpenPort {
  readonly port: ServicePort;
  /** Where it listens: at the node port; where that is taken on this machine, at one that was free. Undefined: nowhere. */
  readonly listens?: number;
  /** Why not at the node port. */
  readonly why?: string;
}

export interface NodePortsParts extends ConnectionForwardingParts {
  readonly services: ServicePorts;
  readonly findDatagramPort: FindDatagramPort;
}

interface Listening {
  readonly listens: number;
  /** The node port that was wanted. */
  readonly wanted: number;
  readonly why?: string;
  close(): Promise<void>;
}

type Opened = Pick<Listening, "listens" | "close">;

const portKey = ({ protocol = "TCP", port }: ServicePort) => `${protocol} ${port}`;

export class NodePorts {
  readonly #parts: NodePortsParts;
  /** By `namespace/name`, then by protocol and port of the Service. */
  readonly #open = new Map<string, Map<string, Listening>>();
  /** By `namespace/name`. */
  readonly #healthChecks = new Map<string, HealthCheckPort>();
  /** By `namespace/name`: why the health check port is not served. */
  readonly #healthCheckFaults = new Map<string, string>();
  /** The ports of this machine that are listened at, with their protocol. */
  readonly #taken = new Set<string>();
  #isStopped = false;

  constructor(parts: NodePortsParts) {
    this.#parts = parts;
  }

  /** Listens at all TCP and UDP ports of the Service, and at no others of its. Resolves to where. */
  async keep(service: Service): Promise<OpenPort[]> {
    const { namespace = "", name } = service.metadata;
    const key = `${namespace}/${name}`;
    const wanted = (service.spec.ports ?? []).filter(({ protocol }) => protocol !== "SCTP");
    const listening = this.#open.get(key) ?? new Map<string, Listening>();
    this.#open.set(key, listening);
    for (const [at, { wanted: was, close }] of listening) {
      if (wanted.some(each => portKey(each) === at && (each.nodePort ?? 0) === was)) continue;
      listening.delete(at);
      await close();
    }
    for (const each of wanted)
      if (!listening.has(portKey(each)) && !this.#isStopped)
        listening.set(portKey(each), await this.#listen(namespace, name, each));
    await this.#keepHealthCheck(namespace, name, service);
    if (this.#isStopped) await this.drop(namespace, name);
    return (service.spec.ports ?? []).map(port => {
      if (port.protocol === "SCTP") return { port, why: "SCTP is not served" };
      const { listens, why } = listening.get(portKey(port)) ?? {};
      return { port, ...(listens !== undefined && { listens }), ...(why !== undefined && { why }) };
    });
  }

  /** The Service is gone, or has no such ports any more: connections end too. */
  async drop(namespace: string, name: string): Promise<void> {
    const key = `${namespace}/${name}`;
    const listening = this.#open.get(key);
    this.#open.delete(key);
    for (const { close } of listening?.values() ?? []) await close();
    await this.#dropHealthCheck(key);
  }

  /** Whether this port of the machine is one of them. */
  listensAt(port: number, protocol: "TCP" | "UDP"): boolean {
    return this.#taken.has(`${protocol} ${port}`);
  }

  /** Why nothing listens at the health check port of a Service that has one. */
  healthCheckFault(namespace: string, name: string): string | undefined {
    return this.#healthCheckFaults.get(`${namespace}/${name}`);
  }

  async #keepHealthCheck(namespace: string, name: string, { spec }: Service): Promise<void> {
    const key = `${namespace}/${name}`;
    const isAsked = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
    const port = isAsked ? (spec.healthCheckNodePort ?? 0) : 0;
    if (this.#healthChecks.get(key)?.port === port) return;
    await this.#dropHealthCheck(key);
    if (port === 0 || this.#isStopped) return;
    const at = { host: nodePortAddress, port };
    try {
      this.#healthChecks.set(key, await healthCheckPort({ namespace, name }, at, this.#parts.services));
    } catch (error) {
      this.#healthCheckFaults.set(key, `${port} on ${nodePortAddress}: ${whyNot(error)}`);
    }
  }

  async #dropHealthCheck(key: string): Promise<void> {
    const open = this.#healthChecks.get(key);
    this.#healthChecks.delete(key);
    this.#healthCheckFaults.delete(key);
    await open?.close();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const key of [...this.#open.keys()]) {
      const [namespace = "", name = ""] = key.split("/");
      await this.drop(namespace, name);
    }
  }

  async #listen(namespace: string, name: string, service: ServicePort): Promise<Listening> {
    const { port, nodePort = 0, protocol } = service;
    const open = (at: number) =>
      protocol === "UDP"
        ? this.#openDatagrams(namespace, name, port, at)
        : this.#openServer(namespace, name, port, at);
    try {
      return { ...(await open(nodePort)), wanted: nodePort };
    } catch (error) {
      return { ...(await open(0)), wanted: nodePort, why: whyNot(error) };
    }
  }

  async #openServer(namespace: string, name: string, port: number, at: number): Promise<Opened> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      this.#forward(socket, namespace, name, port);
    });
    server.listen(at, nodePortAddress);
    await once(server, "listening");
    return this.#opened("TCP", (server.address() as AddressInfo).port, () => close(server, sockets));
  }

  async #openDatagrams(namespace: string, name: string, port: number, at: number): Promise<Opened> {
    const { services, findDatagramPort: find, denied, clock, traffic } = this.#parts;
    const service = () => services.of(namespace, name);
    const isFrom = (client: string, found: FoundService) => isSource(client, found.service);
    const opened = new DatagramPort({ service, port, find, denied, isSource: isFrom, clock, traffic });
    await opened.listen(nodePortAddress, at);
    return this.#opened("UDP", opened.listens, () => opened.close());
  }

  #opened(protocol: "TCP" | "UDP", listens: number, end: () => Promise<void>): Opened {
    const taken = `${protocol} ${listens}`;
    this.#taken.add(taken);
    const close = () => {
      this.#taken.delete(taken);
      return end();
    };
    return { listens, close };
  }

  #forward(client: Socket, namespace: string, name: string, port: number): void {
    const found = this.#parts.services.of(namespace, name);
    const from = client.remoteAddress ?? nodePortAddress;
    const isFrom = !found || isSource(unmapped(from), found.service);
    void forwardConnection({ client, from, found, port, isSource: isFrom }, this.#parts);
  }
}

/** @param error of listening */
function whyNot(error: unknown): string {
  const { code = messageOf(error) } = error as NodeJS.ErrnoException;
  return code === "EADDRINUSE" ? "another program of this machine listens there" : code;
}

/** Whether a balancer would let the client through (`loadBalancerSourceRanges`). Without one, whoever reaches a node port comes in. */
function isSource(address: string, { spec }: Service): boolean {
  const { type, loadBalancerSourceRanges: ranges = [] } = spec;
  if (type !== "LoadBalancer" || ranges.length === 0) return true;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", length = ""] = range.trim().split("/");
    list.addSubnet(network, Number(length), isIPv6(network) ? "ipv6" : "ipv4");
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

/**
 * The DNS server of the cluster, for any program of the machine: `dig @127.0.0.1 -p PORT web.shop.svc.cluster.local`. It answers over UDP
 * and over TCP on one port. What was asked before is answered from memory until something changes that names depend on.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { getServers } from "node:dns";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { ApiError, messageOf } from "../../errors/index.ts";
import { type Clock, type Random, setBounded } from "../../outside/index.ts";
import type { StoreReads, Unwatch } from "../../store/index.ts";
import { AddressIndex } from "../address-index.ts";
import { ServiceAddresses } from "../service-addresses.ts";
import { addressesIn } from "./found-records.ts";
import { type ReplyParts, replyTo, type Transport } from "./reply.ts";
import { framed, Resolvers, type ServerAddress, serverAddress } from "./resolvers.ts";

export interface DnsOptions {
  /** `HOST:PORT`, or a port alone; loopback and any free port where left out. */
  readonly listen?: string | number;
  /**
   * Which resolvers are asked for names that are not the cluster's: `IP` or `IP:PORT`. Default: those of the machine. None: such names
   * are answered with SERVFAIL.
   */
  readonly upstream?: readonly string[];
}

/** A DNS server that answers. */
export interface DnsServing {
  readonly host: string;
  readonly port: number;
  /** Resolves when the port is free. */
  close(): Promise<void>;
}

export interface DnsParts {
  readonly store: StoreReads;
  readonly clock: Clock;
  readonly random: Random;
}

const mostRemembered = 10_000;
/** A question is seldom longer; longer ones, which TCP lets through up to 65 kB, would fill the memory. */
const longestRemembered = 512;
const mostConnections = 256;
const idleMs = 10_000;
/** A client that reads nothing is left. */
const mostUnread = 1_000_000;
/** So many free ports are tried, where any will do: one that is free for UDP may be taken for TCP. */
const mostPorts = 20;

/** Resolves when it answers. Fails with BadRequest where it cannot listen there. */
export async function serveDns(parts: DnsParts, { listen, upstream }: DnsOptions = {}): Promise<DnsServing> {
  const asked = addressOf(listen);
  const { tcp, udp, port } = await listening(asked);
  const given = (upstream ?? getServers()).flatMap(text => serverAddress(text) ?? []);
  // It never asks itself, where the machine has been pointed to it.
  const others = given.filter(server => server.port !== port || !isSameHost(server.host, asked.host));
  const server = new DnsServer(parts, new Resolvers(others, parts.clock), tcp, udp);
  return { host: asked.host, port, close: () => server.close() };
}

class DnsServer {
  readonly #tcp: Server;
  readonly #udp: UdpSocket;
  readonly #clock: Clock;
  readonly #resolvers: Resolvers;
  readonly #reply: ReplyParts;
  readonly #services: ServiceAddresses;
  readonly #slices: AddressIndex<"EndpointSlice">;
  readonly #unwatch: readonly Unwatch[];
  /** By the query without its id: the answer without its id. */
  readonly #remembered = new Map<string, Buffer>();
  readonly #connections = new Set<Socket>();
  #isClosed = false;

  constructor({ store, clock, random }: DnsParts, resolvers: Resolvers, tcp: Server, udp: UdpSocket) {
    this.#tcp = tcp;
    this.#udp = udp;
    this.#clock = clock;
    this.#resolvers = resolvers;
    this.#services = new ServiceAddresses(store);
    this.#slices = new AddressIndex(store, "EndpointSlice", addressesIn);
    this.#services.start();
    this.#slices.start();
    this.#unwatch = ["Service", "EndpointSlice", "Namespace", "Pod"].map(kind =>
      store.watch({ kind }, () => this.#remembered.clear()),
    );
    this.#reply = {
      facts: { store, servicesAt: this.#services.at, slicesAt: this.#slices.at },
      random,
      forward: (query, transport) => resolvers.ask(query, transport),
    };
    udp.on("message", (query, { address, port }) =>
      this.#answer(query, "udp", answer => {
        // A client that has gone gets nothing.
        if (!this.#isClosed) udp.send(answer, port, address, () => {});
      }),
    );
    udp.on("error", () => {});
    tcp.on("error", () => {});
    tcp.on("connection", socket => this.#serve(socket));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const unwatch of this.#unwatch) unwatch();
    this.#services.stop();
    this.#slices.stop();
    this.#resolvers.stop();
    for (const socket of this.#connections) socket.destroy();
    await Promise.all([closed(this.#tcp), closed(this.#udp)]);
  }

  #answer(query: Buffer, transport: Transport, send: (answer: Buffer) => void): void {
    const key = `${transport}${query.toString("latin1", 2)}`;
    const known = this.#remembered.get(key);
    if (known) {
      const answer = Buffer.from(known);
      query.copy(answer, 0, 0, 2);
      send(answer);
      return;
    }
    const answer = replyTo(query, transport, this.#reply);
    if (answer instanceof Promise) void answer.then(send);
    else if (answer) {
      // Of several records another one is first each time.
      if (answer.readUInt16BE(6) < 2 && query.length <= longestRemembered)
        setBounded(this.#remembered, key, answer, mostRemembered);
      send(answer);
    }
  }

  /** Questions over one connection, each with its length before it, any number of them. */
  #serve(socket: Socket): void {
    if (this.#connections.size >= mostConnections) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    const idle = () => this.#clock.after(idleMs, () => socket.destroy());
    let timer = idle();
    let received = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("close", () => {
      timer.cancel();
      this.#connections.delete(socket);
    });
    socket.on("data", (chunk: Buffer) => {
      timer.cancel();
      timer = idle();
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        this.#answer(Buffer.from(received.subarray(2, end)), "tcp", answer => {
          if (socket.writableLength > mostUnread) socket.destroy();
          else if (socket.writable) socket.write(framed(answer));
        });
        received = received.subarray(end);
      }
    });
  }
}

/** Both kinds of sockets on one port. */
async function listening(asked: ServerAddress): Promise<{ tcp: Server; udp: UdpSocket; port: number }> {
  for (let tries = 1; ; tries++) {
    const tcp = createServer();
    const udp = createSocket(asked.host.includes(":") ? "udp6" : "udp4");
    try {
      const ready = once(tcp, "listening");
      tcp.listen(asked.port, asked.host);
      await ready;
      const address = tcp.address();
      const port = address !== null && typeof address === "object" ? address.port : asked.port;
      const bound = once(udp, "listening");
      udp.bind(port, asked.host);
      await bound;
      return { tcp, udp, port };
    } catch (cause) {
      await Promise.all([closed(tcp), closed(udp)]);
      if (asked.port !== 0 || tries === mostPorts) {
        const text = `the DNS server cannot listen on ${asked.host}:${asked.port}: ${messageOf(cause)}`;
        throw new ApiError("BadRequest", text, {}, { cause });
      }
    }
  }
}

function closed(socket: Server | UdpSocket): Promise<void> {
  return new Promise(resolve => {
    try {
      socket.close(() => resolve());
    } catch {
      // It was not open.
      resolve();
    }
  });
}

/** Throws BadRequest where it is no address. */
function addressOf(listen: string | number = 0): ServerAddress {
  const text = String(listen);
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return { host: "127.0.0.1", port: Number(text) };
  const address = serverAddress(text.replace(/^localhost:/, "127.0.0.1:"));
  if (address) return address;
  throw new ApiError(
    "BadRequest",
    `the DNS server needs HOST:PORT or a port to listen on, not ${text}: HOST is an IP address`,
  );
}

function isSameHost(one: string, other: string): boolean {
  return one === other || ((one.startsWith("127.") || one === "::1") && /^(0\.0\.0\.0|::|127\.)/.test(other));
}

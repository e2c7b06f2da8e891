/**
 * The one address under which Ingresses are reached: HTTP and HTTPS on the same port, told apart by the first byte. For each request the rule
 * is chosen (http-routes.ts), then one of the endpoints behind it in turn, as the Services and pods are at that moment.
 */
import { once } from "node:events";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { serverCertificate } from "../../access/index.ts";
import { ApiError, messageOf } from "../../errors/index.ts";
import type { FoundEndpoint } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { Store } from "../../store/index.ts";
import type { DialEndpoint } from "../dial.ts";
import { plainPath } from "../http/index.ts";
import type { ServicePorts } from "../service-ports.ts";
import { Certificates } from "./certificates.ts";
import { Forwarding, refuse, refuseUpgrade } from "./forwarding.ts";
import { hasPassed } from "./headers.ts";
import { IngressTable } from "./ingress-table.ts";
import { upstreamOf } from "./upstream.ts";

export interface IngressParts {
  /** Where it listens; port 0 for any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: Store;
  readonly services: ServicePorts;
  readonly dial: DialEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
}

/** The first byte of a TLS handshake; no request begins with it. */
const handshake = 0x16;
/** So long a connection may be silent at first, in milliseconds; afterwards Node's servers count. */
const silentMs = 60_000;
/** So long a connection stays without a request after one, as with nginx. */
const idleMs = 75_000;

export class IngressListener {
  readonly table: IngressTable;
  readonly #parts: IngressParts;
  readonly #forwarding: Forwarding;
  readonly #name: string;
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true });
  readonly #plain: Server;
  #secured: Promise<Server> | undefined;
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  constructor(parts: IngressParts) {
    const { store, dial, clock, random } = parts;
    this.#parts = parts;
    this.table = new IngressTable(store);
    this.#name = `k4s-${random.suffix(10)}`;
    this.#forwarding = new Forwarding({ dial, clock, name: this.#name });
    this.#plain = this.#serving(createHttpServer());
    this.#server.on("connection", socket => this.#take(socket));
  }

  /** Resolves when it listens. Fails with BadRequest where it cannot. */
  async start(): Promise<void> {
    this.table.start();
    const { host, port } = this.#parts.listen;
    this.#server.listen(port, host);
    try {
      await once(this.#server, "listening");
    } catch (cause) {
      this.table.stop();
      throw new ApiError(
        "BadRequest",
        `ingress cannot listen on ${host}:${port}: ${messageOf(cause)}`,
        {},
        { cause },
      );
    }
  }

  /** Ends every connection. Resolves when the port is free. */
  async stop(): Promise<void> {
    this.table.stop();
    this.#forwarding.close();
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Where it listens; undefined while it does not. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    const address = this.#server.address() as AddressInfo | null;
    return address ? { host: address.address, port: address.port } : undefined;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    const isSilent = () => socket.destroy();
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(silentMs, isSilent);
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.setTimeout(0);
      socket.off("timeout", isSilent);
      socket.unshift(first);
      if (first[0] !== handshake) this.#hand(socket, this.#plain);
      else
        this.#securedServer().then(
          server => this.#hand(socket, server),
          error => {
            this.#parts.onFault(error);
            socket.destroy();
          },
        );
    });
  }

  #hand(socket: Socket, server: Server): void {
    server.emit("connection", socket);
    process.nextTick(() => socket.resume());
  }

  /** Made for the first client that wants it: most clusters have no need of certificates. */
  #securedServer(): Promise<Server> {
    this.#secured ??= this.#makeSecured();
    return this.#secured;
  }

  async #makeSecured(): Promise<Server> {
    const { store, clock } = this.#parts;
    const certificates = new Certificates(store, this.table);
    const { cert, key } = await serverCertificate({ hosts: ["localhost", "127.0.0.1"], now: clock.now() });
    const SNICallback = (
      host: string,
      callback: (error: Error | null, context?: ReturnType<Certificates["contextFor"]>) => void,
    ) => callback(null, certificates.contextFor(host.toLowerCase()));
    return this.#serving(createHttpsServer({ cert, key, SNICallback }));
  }

  #serving(server: Server): Server {
    // A large body may take its time.
    server.requestTimeout = 0;
    server.keepAliveTimeout = idleMs;
    server.on("request", (request, response) => {
      this.#answer(request, response).catch(fault => {
        this.#parts.onFault(fault);
        refuse(response, 502, "the proxy has failed");
      });
    });
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      this.#upgrade(request, socket, head).catch(fault => {
        this.#parts.onFault(fault);
        socket.destroy();
      });
    });
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { endpoints, path, status, why } = this.#choose(request);
    if (endpoints) await this.#forwarding.answer(endpoints, path, request, response);
    else refuse(response, status, why);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { endpoints, path, status, why } = this.#choose(request);
    if (endpoints) await this.#forwarding.upgrade(endpoints, path, request, socket, head);
    else refuseUpgrade(socket, status, why);
  }

  #choose(request: IncomingMessage): Choice {
    if (hasPassed(request, this.#name))
      return refusal(508, "this request has come through this Ingress before");
    const { host, target } = meantBy(request);
    const [path = ""] = target.split("?", 1);
    if (plainPath(path) === undefined) return refusal(400, "the path climbs above the root");
    const backend = this.table.current.routes.find({ host, path })?.rule.backends[0]?.backend;
    if (!backend) return refusal(404, `no Ingress leads to ${host}${path}`);
    const { endpoints, why } = upstreamOf(backend, this.#parts.services);
    if (!endpoints) return refusal(503, `Ingress ${backend.namespace}/${backend.ingress}: ${why}`);
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return { endpoints: inTurn(endpoints, this.#turn), path: target };
  }
}

type Choice =
  | { endpoints: Iterable<FoundEndpoint>; path: string; status?: never; why?: never }
  | { endpoints?: never; path?: never; status: number; why: string };

function refusal(status: number, why: string): Choice {
  return { status, why };
}

/** So many endpoints are tried for one request. */
const mostTried = 3;

function* inTurn(endpoints: readonly FoundEndpoint[], turn: number): Generator<FoundEndpoint> {
  for (let i = 0; i < Math.min(endpoints.length, mostTried); i++) {
    const endpoint = endpoints[(turn + i) % endpoints.length];
    if (endpoint) yield endpoint;
  }
}

/** The host and the path with its query: of the request line where that has both, as a client of a proxy writes it. */
function meantBy({ url = "/", headers }: IncomingMessage): {
  readonly host: string;
  readonly target: string;
} {
  if (url.startsWith("/") || !URL.canParse(url)) return { host: plainHost(headers.host ?? ""), target: url };
  const { host, pathname, search } = new URL(url);
  return { host: plainHost(host), target: `${pathname}${search}` };
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

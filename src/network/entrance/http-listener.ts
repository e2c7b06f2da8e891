/**
 * The one address under which Ingresses and Gateways are reached: HTTP and HTTPS on the same port, told apart by the first byte. For each
 * request the rule is chosen (http/http-routes.ts), what it says is planned (http/http-plan.ts), then one of the endpoints behind its
 * backend is asked (http/endpoint-trials.ts), as the Services and pods are at that moment.
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
import { createSecureContext, type SecureContext } from "node:tls";
import { serverCertificate } from "../../access/index.ts";
import { ApiError, messageOf } from "../../errors/index.ts";
import type { TrafficBook } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { Store } from "../../store/index.ts";
import { Certificates, secretFault } from "../certificates.ts";
import type { DeniedEndpoint, DialEndpoint } from "../dial.ts";
import { GatewayTable } from "../gateway/index.ts";
import {
  absoluteHost,
  ambiguity,
  clientOf,
  EndpointTrials,
  Forwarding,
  type HttpBackend,
  hasPassed,
  moreSpecific,
  mostHeaders,
  plainPath,
  planOf,
  type RedirectPlan,
  type Refusal,
  RetryBudgets,
  redirect,
  refusal,
  refuse,
  refuseUpgrade,
  requestFacts,
  type Sending,
} from "../http/index.ts";
import { IngressTable } from "../ingress/index.ts";
import type { FollowConnection } from "../policed-connections.ts";
import type { ServicePorts } from "../service-ports.ts";
import { namesHost } from "./client-hello.ts";

export interface HttpListenerParts {
  /** Where it listens; port 0 for any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: Store;
  readonly services: ServicePorts;
  readonly dial: DialEndpoint;
  readonly denied: DeniedEndpoint;
  readonly follow: FollowConnection;
  /** What comes in from outside, to Services. */
  readonly traffic: TrafficBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
  /** So long the headers of a request may take, in milliseconds. Default: 60,000. */
  readonly headersMs?: number;
}

/** The first byte of a TLS handshake; no request begins with it. */
const handshake = 0x16;
/** So long a connection may be silent at first, in milliseconds; afterwards Node's servers count. */
const silentMs = 60_000;
/** So long a connection stays without a request after one, as with nginx. */
const idleMs = 75_000;

/** For clients that name the host they want (client-hello.ts), and for those that do not. */
interface SecuredServers {
  readonly named: Server;
  readonly unnamed: Server;
}

export class HttpListener {
  readonly ingresses: IngressTable;
  readonly gateways: GatewayTable;
  readonly #parts: HttpListenerParts;
  readonly #forwarding: Forwarding;
  readonly #name: string;
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true });
  readonly #headersMs: number;
  readonly #plain: Server;
  #secured: Promise<SecuredServers> | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #trials: EndpointTrials;
  readonly #budgets: RetryBudgets;

  constructor(parts: HttpListenerParts) {
    const { store, dial, follow, clock, random, headersMs = 60_000 } = parts;
    this.#parts = parts;
    this.ingresses = new IngressTable(store);
    this.gateways = new GatewayTable({ store, certificateFault: secret => secretFault(store, secret) });
    this.#name = `k4s-${random.suffix(10)}`;
    this.#trials = new EndpointTrials(parts);
    this.#budgets = new RetryBudgets(store, clock);
    this.#forwarding = new Forwarding({ dial, follow, clock, name: this.#name });
    this.#headersMs = headersMs;
    this.#plain = this.#serving(createHttpServer(this.#checking));
    this.#server.on("connection", socket => this.#take(socket));
  }

  /** Resolves when it listens. Fails with BadRequest where it cannot. */
  async start(): Promise<void> {
    this.ingresses.start();
    this.gateways.start();
    const { host, port } = this.#parts.listen;
    this.#server.listen(port, host);
    try {
      await once(this.#server, "listening");
    } catch (cause) {
      this.#stopTables();
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
    this.#stopTables();
    this.#forwarding.close();
    this.#plain.close();
    // Where it cannot be made, whoever wanted it has told.
    const secured = await this.#secured?.catch(() => undefined);
    for (const server of Object.values(secured ?? {})) server.close();
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

  #stopTables(): void {
    this.ingresses.stop();
    this.gateways.stop();
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
        this.#securedServers().then(
          ({ named, unnamed }) => this.#hand(socket, namesHost(first) ? named : unnamed),
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
  #securedServers(): Promise<SecuredServers> {
    this.#secured ??= this.#makeSecured().catch(error => {
      // The next client may have more luck.
      this.#secured = undefined;
      throw error;
    });
    return this.#secured;
  }

  async #makeSecured(): Promise<SecuredServers> {
    const { store, clock } = this.#parts;
    const certificates = new Certificates(store, [this.ingresses, this.gateways]);
    const { cert, key } = await serverCertificate({ hosts: ["localhost", "127.0.0.1"], now: clock.now() });
    const own = createSecureContext({ cert, key });
    const SNICallback = (host: string, callback: (error: Error | null, context?: SecureContext) => void) =>
      callback(null, certificates.contextFor(host.toLowerCase()) ?? own);
    return {
      named: this.#serving(createHttpsServer({ SNICallback, ...this.#checking })),
      unnamed: this.#serving(createHttpsServer({ cert, key, ...this.#checking })),
    };
  }

  get #checking() {
    return { connectionsCheckingInterval: Math.min(this.#headersMs, 30_000) };
  }

  #serving(server: Server): Server {
    // A large body may take its time, headers may not: who sends them one by one for ever would hold a connection for ever.
    server.requestTimeout = 0;
    server.headersTimeout = this.#headersMs;
    server.keepAliveTimeout = idleMs;
    server.maxHeadersCount = mostHeaders + 1;
    // It never listens itself, and from then on Node looks for connections that are too slow.
    server.emit("listening");
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
    const choice = this.#choose(request);
    if (choice.kind === "redirect") redirect(response, choice);
    else if (choice.kind === "send") await this.#forwarding.answer(choice, request, response);
    else refuse(response, choice.status, choice.why);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const choice = this.#choose(request);
    if (choice.kind === "redirect") refuseUpgrade(socket, choice.status, `it is at ${choice.location}`);
    else if (choice.kind === "send") await this.#forwarding.upgrade(choice, request, socket, head);
    else refuseUpgrade(socket, choice.status, choice.why);
  }

  #choose(request: IncomingMessage): Choice {
    if (hasPassed(request, this.#name))
      return refusal(508, "this request has come through this entrance before");
    const fault = ambiguity(request);
    if (fault) return fault;
    const facts = requestFacts(request);
    if (plainPath(facts.path) === undefined) return refusal(400, "the path climbs above the root");
    const found = moreSpecific(
      this.gateways.find(facts, facts.scheme === "https"),
      this.ingresses.current.routes.find(facts),
    );
    if (!found) return refusal(404, `nothing leads to ${facts.host}${facts.path}`);
    const plan = planOf(found, facts, this.#parts.random);
    if (plan.kind === "redirect") return plan;
    if (!plan.backend) return refusal(500, "the rule has no backend");
    const { backend, retry } = plan;
    const client = clientOf(request);
    const chosen = this.#trials.for(backend, client, retry ? (retry.attempts ?? 1) : 0);
    if (!chosen.trials) return refusal(chosen.status, chosen.why);
    const mirrors = plan.mirrors.flatMap(mirror => this.#trials.mirrorOf(mirror, client) ?? []);
    const host = plan.host ?? absoluteHost(request);
    const { trials } = chosen;
    return { ...plan, kind: "send", host, trials, mirrors, mayRetry: this.#budgetOf(backend) };
  }

  #budgetOf(backend: HttpBackend): () => boolean {
    return backend.status === undefined
      ? this.#budgets.requested(backend.namespace, backend.service)
      : () => false;
  }
}

type Choice = (Sending & { readonly kind: "send" }) | RedirectPlan | Refusal;

/**
 * The one address under which Ingresses and Gateways are reached: HTTP and HTTPS on the same port, told apart by the first byte. For each
 * request the rule is chosen (http/http-routes.ts), what it says is planned (http/http-plan.ts), then one of the endpoints behind its
 * backend is asked (http/endpoint-trials.ts), as the Services and pods are at that moment.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContext,
  type TlsOptions,
  type Server as TlsServer,
} from "node:tls";
import { standInCertificate } from "../../access/index.ts";
import { ApiError, messageOf } from "../../errors/index.ts";
import type { TrafficBook } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { StoreReads } from "../../store/index.ts";
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
  HttpServing,
  hasPassed,
  moreSpecific,
  type ProxiedRequest,
  type ProxiedResponse,
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
  sendingOf,
} from "../http/index.ts";
import { IngressTable } from "../ingress/index.ts";
import type { FollowConnection } from "../policed-connections.ts";
import type { ServicePorts } from "../service-ports.ts";
import { namesHost } from "./client-hello.ts";

export interface HttpListenerParts {
  /** Where it listens; port 0 for any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: StoreReads;
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

/** Less than the certificate is good for that stands in where there is none of a host. */
const standInMs = 300 * 24 * 60 * 60 * 1_000;
/** What a browser's page of warning shows people there. */
const standInName = "k4s Ingress stand-in certificate";

/** For clients that name the host they want (client-hello.ts), and for those that do not. */
interface SecuredServers {
  readonly named: TlsServer;
  readonly unnamed: TlsServer;
}

export class HttpListener {
  readonly ingresses: IngressTable;
  readonly gateways: GatewayTable;
  readonly #parts: HttpListenerParts;
  readonly #forwarding: Forwarding;
  readonly #name: string;
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true });
  readonly #serving: HttpServing;
  #secured: Promise<SecuredServers> | undefined;
  #securedUntil = 0;
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
    this.#serving = new HttpServing({
      answer: (request, response) => this.#answer(request, response),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
      onFault: parts.onFault,
      headersMs,
    });
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
    this.#serving.close();
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
    // Who hangs up before a word wants no answer.
    socket.once("end", isSilent);
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.setTimeout(0);
      socket.off("timeout", isSilent);
      socket.off("end", isSilent);
      socket.unshift(first);
      if (first[0] !== handshake) {
        this.#serving.take(socket, first);
        process.nextTick(() => socket.resume());
      } else
        this.#securedServers().then(
          ({ named, unnamed }) => {
            // As of Node's own servers of HTTPS. Else one that hung up in its handshake would stay for two minutes.
            socket.allowHalfOpen = false;
            (namesHost(first) ? named : unnamed).emit("connection", socket);
            process.nextTick(() => socket.resume());
          },
          error => {
            this.#parts.onFault(error);
            socket.destroy();
          },
        );
    });
  }

  /** Made for the first client that wants it, for most clusters have no need of certificates; and anew before the certificate ends. */
  #securedServers(): Promise<SecuredServers> {
    const now = this.#parts.clock.now();
    if (now >= this.#securedUntil) this.#secured = undefined;
    if (!this.#secured) this.#securedUntil = now + standInMs;
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
    const { cert, key } = await standInCertificate({ name: standInName, now: clock.now() });
    const own = createSecureContext({ cert, key });
    const SNICallback = (host: string, callback: (error: Error | null, context?: SecureContext) => void) =>
      callback(null, certificates.contextFor(host.toLowerCase()) ?? own);
    const ALPNProtocols = ["h2", "http/1.1"];
    return {
      named: this.#handshaking({ SNICallback, ALPNProtocols }),
      unnamed: this.#handshaking({ cert, key, ALPNProtocols }),
    };
  }

  #handshaking(options: TlsOptions): TlsServer {
    const server = createTlsServer(options);
    server.on("secureConnection", socket => {
      socket.on("error", () => socket.destroy());
      this.#serving.takeAs(socket.alpnProtocol === "h2" ? "h2" : "http/1.1", socket);
    });
    return server;
  }

  async #answer(request: ProxiedRequest, response: ProxiedResponse): Promise<void> {
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

  #choose(request: ProxiedRequest): Choice {
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
    const { trials, isHttp2 } = chosen;
    const mayRetry = this.#budgetOf(backend);
    return sendingOf(plan, { trials, isHttp2, mirrors, mayRetry }, absoluteHost(request));
  }

  #budgetOf(backend: HttpBackend): () => boolean {
    return backend.status === undefined
      ? this.#budgets.requested(backend.namespace, backend.service)
      : () => false;
  }
}

type Choice = (Sending & { readonly kind: "send" }) | RedirectPlan | Refusal;

/**
 * Where routes between pods are applied: for each port of a Service that has routes there is a server, at the Service's address among the
 * sockets of the pods. A pod that connects to the Service is led there in the place of an endpoint. Each request is sent on as its rule says
 * and as everything that chooses endpoints does; NetworkPolicies see the pod that has called.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { endpointFor, type FoundEndpoint, RetryBudget, type TrafficBook } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import { serviceTrafficRules } from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";
import { connectMs, type DialEndpoint } from "../dial.ts";
import {
  Forwarding,
  type HttpBackend,
  hasPassed,
  plainPath,
  planOf,
  type Refusal,
  redirect,
  refusal,
  refuse,
  refuseUpgrade,
  requestFacts,
  type Sending,
  upstreamOf,
} from "../http/index.ts";
import type { Policies } from "../policy/index.ts";
import type { ServicePorts } from "../service-ports.ts";
import { trafficPolicyOf } from "../traffic-policies.ts";
import type { MeshTable } from "./mesh-table.ts";

/** Takes what pods connect to an address and a port; handed in, because only a node knows the sockets of pods. Resolves to what ends it. */
export type ListenAt = (
  address: string,
  port: number,
  take: (socket: Socket) => void,
) => Promise<() => Promise<void>>;

export interface MeshParts {
  readonly table: MeshTable;
  readonly store: Store;
  readonly services: ServicePorts;
  readonly policies: Policies;
  readonly dial: DialEndpoint;
  readonly listen: ListenAt;
  readonly traffic: TrafficBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
}

interface Listening {
  readonly address: string;
  readonly close: Promise<() => Promise<void>>;
}

/** So many endpoints are tried for one request. */
const mostTried = 3;

export class MeshListeners {
  readonly #parts: MeshParts;
  readonly #forwarding: Forwarding;
  readonly #name: string;
  /** By `namespace/name port`. */
  readonly #open = new Map<string, Listening>();
  readonly #sockets = new Set<Socket>();
  readonly #budgets = new Map<string, RetryBudget>();
  #unlisten = () => {};
  #isStopped = false;

  constructor(parts: MeshParts) {
    const { dial, clock, random } = parts;
    this.#parts = parts;
    this.#name = `k4s-mesh-${random.suffix(10)}`;
    this.#forwarding = new Forwarding({ dial, clock, name: this.#name });
  }

  start(): void {
    this.#unlisten = this.#parts.table.onChange(() => this.#parts.clock.soon(() => this.#keep()));
    this.#keep();
  }

  /** Ends every connection. Resolves when nothing listens any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unlisten();
    this.#forwarding.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#open.values()].map(async ({ close }) => (await close)()));
  }

  /** Listens wherever there are routes. What has listened once goes on as long as the Service is there: clients may keep connections. */
  #keep(): void {
    if (this.#isStopped) return;
    const { table } = this.#parts;
    for (const key of table.ports) {
      const address = this.#addressOf(key);
      if (address && !this.#open.has(key)) this.#listen(key, address);
    }
    for (const [key, { address, close }] of this.#open) {
      if (this.#addressOf(key) === address) continue;
      this.#open.delete(key);
      table.setServed(key, false);
      void close.then(end => end()).catch(this.#parts.onFault);
    }
  }

  #addressOf(key: string): string | undefined {
    const { namespace, name, port } = placeOf(key);
    const { spec } = this.#parts.store.get("Service", namespace, name) ?? {};
    return spec?.ports?.some(each => each.port === port) ? spec.clusterIP : undefined;
  }

  #listen(key: string, address: string): void {
    const { listen, table, onFault } = this.#parts;
    const { port } = placeOf(key);
    const server = this.#serving(key);
    const close = listen(address, port, socket => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      server.emit("connection", socket);
    });
    this.#open.set(key, { address, close });
    close.then(
      () => table.setServed(key, true),
      fault => {
        this.#open.delete(key);
        onFault(fault);
      },
    );
  }

  #serving(key: string): Server {
    const server = createServer();
    // A large body may take its time.
    server.requestTimeout = 0;
    const { onFault } = this.#parts;
    server.on("request", (request, response) => {
      this.#answer(key, request, response).catch(fault => {
        onFault(fault);
        refuse(response, 502, "the proxy has failed");
      });
    });
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      this.#upgrade(key, request, socket, head).catch(fault => {
        onFault(fault);
        socket.destroy();
      });
    });
    return server;
  }

  async #answer(key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const choice = this.#choose(key, request, () => {
      response.shouldKeepAlive = false;
    });
    if (choice.kind === "redirect") redirect(response, choice);
    else if (choice.kind === "refuse")
      await this.#refuse(choice, () => refuse(response, choice.status, choice.why));
    else await this.#forwarding.answer(choice, request, response);
  }

  async #upgrade(key: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const choice = this.#choose(key, request);
    if (choice.kind === "redirect") refuseUpgrade(socket, choice.status, `it is at ${choice.location}`);
    else if (choice.kind === "refuse")
      await this.#refuse(choice, () => refuseUpgrade(socket, choice.status, choice.why));
    else await this.#forwarding.upgrade(choice, request, socket, head);
  }

  /** What NetworkPolicies deny gets no answer in life, and so a proxy tells it when it has waited for the connection. */
  async #refuse({ isDenied }: MeshRefusal, tell: () => void): Promise<void> {
    if (isDenied) await this.#parts.clock.sleep(connectMs);
    tell();
  }

  /** @param unrouted called where no route applies any more, and the client may as well connect to an endpoint */
  #choose(key: string, request: IncomingMessage, unrouted = () => {}) {
    const { table, random } = this.#parts;
    const { namespace, name, port } = placeOf(key);
    // Of each Service: what is behind one may well ask another, and pass on the headers that it got.
    const via = `${this.#name}.${namespace}.${name}`;
    if (hasPassed(request, via))
      return refusal(508, "this request has come through this Service's routes before");
    const facts = requestFacts(request);
    if (plainPath(facts.path) === undefined) return refusal(400, "the path climbs above the root");
    const from = request.socket.remoteAddress ?? "";
    const caller = this.#parts.policies.endAt(from);
    const rules = table.rulesFor(`${namespace}/${name}`, port, caller.pod?.namespace ?? "");
    const itself: HttpBackend = {
      namespace,
      service: name,
      port: { number: port },
      by: `Service ${namespace}/${name}`,
    };
    // A connection that was kept may be older than the end of its routes.
    if (!rules) {
      unrouted();
      return this.#sendingTo(itself, from, { via, target: request.url ?? "/" });
    }
    const found = rules.find(facts);
    if (!found) return refusal(404, `no route of Service ${namespace}/${name} is for ${facts.path}`);
    const plan = planOf(found, facts, random);
    if (plan.kind === "redirect") return plan;
    if (!plan.backend) return refusal(500, "the rule has no backend");
    const mirrors = plan.mirrors.flatMap(mirror => this.#oneOf(mirror, from));
    const mayRetry = this.#budgetOf(`${namespace}/${name}`);
    return this.#sendingTo(plan.backend, from, { ...plan, via, mirrors, mayRetry });
  }

  /** The retries of all callers of the Service together. */
  #budgetOf(service: string): () => boolean {
    const [namespace = "", name = ""] = service.split("/");
    const { store, clock } = this.#parts;
    const found = store.get("Service", namespace, name);
    const { retryBudget } = serviceTrafficRules(found?.metadata.annotations);
    const budget = this.#budgets.get(service) ?? new RetryBudget(retryBudget);
    budget.policy = retryBudget;
    this.#budgets.set(service, budget);
    budget.requested(clock.now());
    return () => budget.mayRetry(clock.now());
  }

  #sendingTo(
    backend: HttpBackend,
    from: string,
    sending: Omit<Sending, "endpoints">,
  ): (Sending & { readonly kind: "send" }) | MeshRefusal {
    const upstream = upstreamOf(backend, this.#parts.services);
    if (!upstream.endpoints) return refusal(upstream.status, `${backend.by}: ${upstream.why}`);
    const allowed = upstream.endpoints.filter(endpoint => this.#isAllowed(from, endpoint));
    if (allowed.length === 0)
      return { ...refusal(504, `${backend.by}: no connection can be made to an endpoint`), isDenied: true };
    return {
      ...sending,
      kind: "send",
      endpoints: this.#inOrder(
        backend,
        from,
        upstream.endpoints,
        allowed,
        sending.retry ? (sending.retry.attempts ?? 1) : 0,
      ),
    };
  }

  /** Endpoints as everything chooses them, one after the other. */
  *#inOrder(
    backend: HttpBackend,
    from: string,
    all: readonly FoundEndpoint[],
    allowed: readonly FoundEndpoint[],
    retries: number,
  ): Generator<FoundEndpoint> {
    const service =
      backend.status === undefined && this.#parts.services.of(backend.namespace, backend.service)?.service;
    if (!service) {
      yield* allowed.slice(0, mostTried);
      return;
    }
    const { namespace, name } = service.metadata;
    const port = backend.port.number ?? 0;
    const host = {
      name: `${namespace}/${name}`,
      addresses: [],
      ports: [{ name: "", port, endpoints: allowed.length === all.length ? all : allowed }],
      traffic: trafficPolicyOf(service),
    };
    for (let i = 0; i < mostTried + retries; i++) {
      const chosen = endpointFor(host, "", port, { address: from, traffic: this.#parts.traffic });
      if (chosen) yield chosen.endpoint;
    }
  }

  #oneOf(backend: HttpBackend, from: string): FoundEndpoint[] {
    const { endpoints = [] } = upstreamOf(backend, this.#parts.services);
    const allowed = endpoints.filter(endpoint => this.#isAllowed(from, endpoint));
    const one = allowed[this.#parts.random.below(Math.max(1, allowed.length))];
    return one ? [one] : [];
  }

  #isAllowed(from: string, { address, port }: FoundEndpoint): boolean {
    const { policies } = this.#parts;
    if (!policies.isPoliced) return true;
    return policies.verdict(policies.endAt(from), policies.endAt(address), port).allowed;
  }
}

interface MeshRefusal extends Refusal {
  /** By a NetworkPolicy. */
  readonly isDenied?: boolean;
}

function placeOf(key: string): { readonly namespace: string; readonly name: string; readonly port: number } {
  const [, namespace = "", name = "", port = ""] = /^(.*?)\/(.*) (\d+)$/.exec(key) ?? [];
  return { namespace, name, port: Number(port) };
}

/**
 * Where routes between pods are applied: for each port of a Service that has routes there is a server, at the Service's address among the
 * sockets of the pods. A pod that connects to the Service is led there in the place of an endpoint. Each request is sent on as its rule says
 * and as everything that chooses endpoints does; NetworkPolicies see the pod that has called. What is not HTTP is led on as it is.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TrafficBook } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { StoreReads } from "../../store/index.ts";
import { forwardConnection } from "../connection-forwarding.ts";
import { connectMs, type DeniedEndpoint, type DialEndpoint } from "../dial.ts";
import {
  ambiguity,
  EndpointTrials,
  Forwarding,
  type HttpBackend,
  HttpServing,
  hasPassed,
  hearFirst,
  type PlannedSending,
  type ProxiedRequest,
  type ProxiedResponse,
  plainPath,
  planOf,
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
import type { FollowConnection } from "../policed-connections.ts";
import type { Policies } from "../policy/index.ts";
import type { ServicePorts } from "../service-ports.ts";
import type { MeshTable } from "./mesh-table.ts";

/** Takes what pods connect to an address and a port; handed in, because only a node knows the sockets of pods. Resolves to what ends it. */
export type ListenAt = (
  address: string,
  port: number,
  take: (socket: Socket) => void,
) => Promise<() => Promise<void>>;

export interface MeshParts {
  readonly table: MeshTable;
  readonly store: StoreReads;
  readonly services: ServicePorts;
  readonly policies: Policies;
  readonly dial: DialEndpoint;
  readonly denied: DeniedEndpoint;
  readonly follow: FollowConnection;
  readonly listen: ListenAt;
  readonly traffic: TrafficBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
}

interface Listening {
  readonly address: string;
  readonly serving: HttpServing;
  readonly close: Promise<() => Promise<void>>;
}

export class MeshListeners {
  readonly #parts: MeshParts;
  readonly #forwarding: Forwarding;
  readonly #name: string;
  /** By `namespace/name port`. */
  readonly #open = new Map<string, Listening>();
  readonly #sockets = new Set<Socket>();
  readonly #trials: EndpointTrials;
  readonly #budgets: RetryBudgets;
  #unlisten = () => {};
  #isStopped = false;

  constructor(parts: MeshParts) {
    const { dial, follow, clock, random, store } = parts;
    this.#parts = parts;
    this.#name = `k4s-mesh-${random.suffix(10)}`;
    this.#trials = new EndpointTrials(parts);
    this.#budgets = new RetryBudgets(store, clock);
    this.#forwarding = new Forwarding({ dial, follow, clock, name: this.#name });
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
    for (const { serving } of this.#open.values()) serving.close();
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
    for (const [key, { address, serving, close }] of this.#open) {
      if (this.#addressOf(key) === address) continue;
      this.#open.delete(key);
      table.setServed(key, false);
      serving.close();
      void close.then(end => end()).catch(this.#parts.onFault);
    }
  }

  #addressOf(key: string): string | undefined {
    const { namespace, name, port } = placeOf(key);
    const { spec } = this.#parts.store.get("Service", namespace, name) ?? {};
    return spec?.ports?.some(each => each.port === port) ? spec.clusterIP : undefined;
  }

  #listen(key: string, address: string): void {
    const { listen, table, clock, onFault } = this.#parts;
    const { port } = placeOf(key);
    const serving = new HttpServing({
      answer: (request, response) => this.#answer(key, request, response),
      upgrade: (request, socket, head) => this.#upgrade(key, request, socket, head),
      onFault,
      headersMs,
    });
    const close = listen(address, port, socket => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      hearFirst(socket, clock, spoken => {
        if (spoken === "other") this.#forward(key, socket);
        else {
          serving.takeAs(spoken, socket);
          process.nextTick(() => socket.resume());
        }
      });
    });
    this.#open.set(key, { address, serving, close });
    close.then(
      () => table.setServed(key, true),
      fault => {
        this.#open.delete(key);
        serving.close();
        onFault(fault);
      },
    );
  }

  /** What is not HTTP comes under no route: it is as if there were none. */
  #forward(key: string, client: Socket): void {
    const { namespace, name, port } = placeOf(key);
    const found = this.#parts.services.of(namespace, name);
    void forwardConnection({ client, from: client.remoteAddress ?? "", found, port }, this.#parts);
  }

  async #answer(key: string, request: ProxiedRequest, response: ProxiedResponse): Promise<void> {
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
  #choose(key: string, request: ProxiedRequest, unrouted = () => {}) {
    const { table, random } = this.#parts;
    const { namespace, name, port } = placeOf(key);
    // Of each Service: what is behind one may well ask another, and pass on the headers that it got.
    const via = `${this.#name}.${namespace}.${name}`;
    if (hasPassed(request, via))
      return refusal(508, "this request has come through this Service's routes before");
    const fault = ambiguity(request);
    if (fault) return fault;
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
      return this.#sendingTo(itself, request, { target: request.url ?? "/" }, { via });
    }
    const found = rules.find(facts);
    if (!found) return refusal(404, `no route of Service ${namespace}/${name} is for ${facts.path}`);
    const plan = planOf(found, facts, random);
    if (plan.kind === "redirect") return plan;
    if (!plan.backend) return refusal(500, "the rule has no backend");
    const isHttp2 = request.httpVersion.startsWith("2");
    const mirrors = plan.mirrors.flatMap(mirror => this.#trials.mirrorOf(mirror, from, isHttp2) ?? []);
    const mayRetry = this.#budgets.requested(namespace, name);
    return this.#sendingTo(plan.backend, request, plan, { via, mirrors, mayRetry });
  }

  #sendingTo(
    backend: HttpBackend,
    { httpVersion, socket }: ProxiedRequest,
    planned: PlannedSending,
    { via, mirrors, mayRetry }: Pick<Sending, "via" | "mirrors" | "mayRetry">,
  ): (Sending & { readonly kind: "send" }) | MeshRefusal {
    const { retry } = planned;
    const from = socket.remoteAddress ?? "";
    const chosen = this.#trials.for(backend, from, retry ? (retry.attempts ?? 1) : 0);
    if (chosen.trials) {
      // Where the port does not say what it speaks, the client knows: without routes it would have to.
      const { trials, isHttp2 = httpVersion.startsWith("2") } = chosen;
      return sendingOf(planned, { trials, isHttp2, via, mirrors, mayRetry });
    }
    return { ...refusal(chosen.status, chosen.why), isDenied: chosen.isDenied };
  }
}

/** So long the headers of a request may take, in milliseconds, as at an entrance. */
const headersMs = 60_000;

interface MeshRefusal extends Refusal {
  /** By a NetworkPolicy. */
  readonly isDenied?: boolean;
}

function placeOf(key: string): { readonly namespace: string; readonly name: string; readonly port: number } {
  const [, namespace = "", name = "", port = ""] = /^(.*?)\/(.*) (\d+)$/.exec(key) ?? [];
  return { namespace, name, port: Number(port) };
}

/**
 * The network as the program of one container sees it: which hosts are the pod itself, which are of the cluster, and which are not ours.
 */
import type { Socket } from "node:net";
import {
  type EndpointUse,
  endpointFor,
  type FoundEndpoint,
  type FoundHost,
  type FoundRecords,
  isPodAddress,
  type ReachedPod,
  type TrafficBook,
} from "../../messages/index.ts";
import { type Random, unmapped } from "../../outside/index.ts";
import { onceClosed } from "./closed.ts";
import type { FarewellLine } from "./farewell-lines.ts";
import { Farewells } from "./farewells.ts";
import { type FoundName, HostNames, mayBeOutside } from "./host-names.ts";
import { type AnswerSource, KnownAnswers } from "./known-answers.ts";
import { loopbackPath, type PodSockets, socketPath } from "./pod-sockets.ts";
import { type PolicySource, Verdicts } from "./verdicts.ts";

export interface PodNetworkOptions {
  readonly sockets: PodSockets;
  /** What the pod calls itself. */
  readonly hostname: string;
  /** What its thread has under way to Services. */
  readonly traffic: TrafficBook;
  /** Undefined where the container has no connection to the cluster: then it knows only itself. */
  readonly hosts: AnswerSource<FoundHost> | undefined;
  /** The DNS records of `TYPE name`; undefined as well. */
  readonly records: AnswerSource<FoundRecords> | undefined;
  /** NetworkPolicies; undefined where the container has no connection to the cluster. */
  readonly policies?: PolicySource | undefined;
  /** Connects to a port of a pod that may be in another process, from a port of this pod. Undefined: there is no such pod. */
  readonly reach?:
    | ((address: string, port: number, fromPort: number) => Promise<ReachedPod | undefined>)
    | undefined;
  /** How servers and clients tell each other that a connection may end. */
  readonly farewells: FarewellLine;
  /** Resolves when the pod is being stopped; undefined where the container is told so itself. */
  readonly stopping?: (() => Promise<void>) | undefined;
  readonly random: Random;
}

/** Where one address of a host leads. */
export interface Way {
  /** The address that was connected to. */
  readonly address: string;
  readonly port: number;
  /** The pod's own 127.0.0.1. */
  readonly isLoopback: boolean;
  /** Of a Service: the endpoint that was chosen. */
  readonly endpoint?: FoundEndpoint | undefined;
  /** It leads to the routes of the Service, where each request is looked at for itself, by policies too. */
  readonly isRouted?: boolean;
  /** To be told how the connection to it goes. */
  readonly use?: EndpointUse | undefined;
  /** What is connected to, one after the other until something listens there; none: nothing is ready. */
  readonly places: readonly Place[];
}

/** A socket of a pod, or an address of the machine or outside. */
export type Place =
  | { readonly path: string; readonly podIP: string; readonly port: number }
  | { readonly host: string; readonly port: number };

const loopback = "127.0.0.1";
/** Node's own: a program may have put others in their place. */
const { setInterval, clearInterval } = globalThis;

/** Those where HTTPRoutes are applied to what connects. */
function routedPorts(found: FoundHost | undefined): ReadonlySet<number> {
  return new Set(
    found?.ports?.filter(({ endpoints }) => endpoints[0]?.isProxy).map(({ port }) => port) ?? [],
  );
}

export class PodNetwork {
  readonly sockets: PodSockets;
  /** What NetworkPolicies say of connections; undefined where nothing is denied. */
  readonly verdicts: Verdicts | undefined;
  /** The container was told to stop: its pod leaves the endpoints of Services (closing.ts). */
  isStopping = false;
  readonly farewells: Farewells;
  readonly #names: HostNames | undefined;
  readonly #hosts: KnownAnswers<FoundHost> | undefined;
  readonly #records: KnownAnswers<FoundRecords> | undefined;
  /** By host: the client's ports of its connections to endpoints, and which port of the Service was meant. */
  readonly #straight = new Map<string, Map<number, number>>();
  readonly #options: PodNetworkOptions;
  /** It will be told when the pod is being stopped. */
  #isExpecting = false;
  #lastPort: number;

  constructor(options: PodNetworkOptions) {
    this.sockets = options.sockets;
    this.farewells = new Farewells(options.sockets.podIP, options.farewells);
    const hosts = options.hosts && new KnownAnswers(options.hosts, (host, found) => this.#heard(host, found));
    this.#hosts = hosts;
    this.#names = hosts && new HostNames(hosts, options.sockets.names);
    this.#records = options.records && new KnownAnswers(options.records);
    this.verdicts = options.policies && new Verdicts(options.policies);
    this.#options = options;
    this.#lastPort = firstClientPort + options.random.below(clientPorts);
  }

  /** Whether the name may be one of the cluster's: no other is ever asked for. */
  mayBeOurs(host: string): boolean {
    return this.#names !== undefined && mayBeOurs(host);
  }

  /** A server listens: it is to know when the pod is being stopped. */
  expectStop(): void {
    const { stopping } = this.#options;
    if (!stopping || this.#isExpecting) return;
    this.#isExpecting = true;
    void stopping().then(
      () => {
        this.isStopping = true;
      },
      // The cluster stops, or the line to it is lost: asked anew with the next server.
      () => {
        this.#isExpecting = false;
      },
    );
  }

  /** What the pod calls itself. */
  get hostname(): string {
    return this.#options.hostname;
  }

  /** The host that is meant: undefined where it is outside of the cluster, a promise where that is not known yet. */
  find(asked: string): FoundName | undefined | Promise<FoundName | undefined> {
    const host = plainAddress(asked);
    const own = this.#own(host);
    if (own) return { name: host, addresses: [own] };
    return mayBeOurs(host) ? this.#names?.find(host) : undefined;
  }

  /** All that the pod's own entries of /etc/hosts say of a name. */
  aliases(host: string): readonly string[] | undefined {
    return this.#names?.aliases(host);
  }

  /** The servers of names of the pod; none: the machine's. */
  get nameServers(): readonly string[] {
    return this.#names?.servers ?? [];
  }

  /** Whether the cluster's DNS answers what the pod asks, as far as a name is one of the cluster's. */
  get asksCluster(): boolean {
    return this.#names?.isClusters === true;
  }

  /** What the cluster's DNS has of a name: undefined where it is outside of the cluster, a promise where that is not known yet. */
  records(name: string, type: string): FoundRecords | undefined | Promise<FoundRecords | undefined> {
    if (!this.#records || name.length > 255) return undefined;
    if (!ofTheZone.test(name)) return mayBeOutside(name) ? undefined : Promise.resolve(noName);
    const question = `${type} ${name}`;
    const known = this.#records.known(question);
    return known ? known.found : this.#records.ask(question);
  }

  /** Names and addresses are found in this order: any. */
  shuffled<T>(items: readonly T[]): readonly T[] {
    return shuffled(items, this.#options.random);
  }

  /** The program's socket has been connected straight to an endpoint of a Service. */
  connected(socket: Socket, host: string, port: number, clientPort: number): void {
    const key = plainAddress(host);
    const sockets = this.#straight.get(key) ?? new Map<number, number>();
    this.#straight.set(key, sockets.set(clientPort, port));
    onceClosed(socket, () => {
      sockets.delete(clientPort);
      if (sockets.size === 0) this.#straight.delete(key);
    });
    // Its port may have got routes while it was being connected.
    if (routedPorts(this.#hosts?.known(key)?.found).has(port)) this.farewells.ask([clientPort]);
  }

  /**
   * The limits of the Service may be others by now. Where a port has HTTPRoutes by now, connections that go past these are given up as soon
   * as no request is under way on them.
   */
  #heard(host: string, found: FoundHost | undefined): void {
    if (found?.traffic) this.#options.traffic.heard(found.traffic);
    const routed = routedPorts(found);
    if (routed.size === 0) return;
    const ports = [...(this.#straight.get(host) ?? [])].flatMap(([own, port]) =>
      routed.has(port) ? [own] : [],
    );
    if (ports.length > 0) this.farewells.ask(ports);
  }

  /** What the host means by now, where what it led to was found gone, or it led to nothing. */
  async fresh(asked: string): Promise<FoundName | undefined> {
    const host = plainAddress(asked);
    if (this.#own(host) || isPodAddress(host) || !mayBeOurs(host)) return undefined;
    return this.#names?.fresh(host);
  }

  /** The ways to a port of the host, one for each of its addresses, in the order in which they are tried. */
  waysTo(found: FoundHost, port: number): readonly Way[] {
    const { random, traffic, sockets } = this.#options;
    const client = { address: sockets.podIP, traffic };
    return shuffled(found.addresses, random).map(address => {
      if (address === loopback)
        return { address, port, isLoopback: true, places: this.#loopbackPlaces(port) };
      const { endpoint, use } = endpointFor(found, address, port, client) ?? {};
      const places = endpoint ? [this.#placeOf(endpoint)] : [];
      return {
        address,
        port,
        isLoopback: false,
        endpoint: found.ports && endpoint,
        isRouted: endpoint?.isProxy === true,
        use,
        places,
      };
    });
  }

  /** Where datagrams to a port of an address of the host go. Undefined: nothing takes them. */
  datagramEndpoint(found: FoundHost, address: string, port: number): FoundEndpoint | undefined {
    const { traffic, sockets } = this.#options;
    if (address === loopback) return { address, port };
    const { ports, udpPorts = [], ...host } = found;
    const ofUdp = ports ? { ...host, ports: udpPorts } : host;
    return endpointFor(ofUdp, address, port, { address: sockets.podIP, traffic })?.endpoint;
  }

  /** Which of its own addresses a host means to a server: undefined where it is none of them. */
  ownAddress(host: string | undefined): "any" | "loopback" | "pod" | undefined {
    if (!host || anyAddress.has(host)) return "any";
    const own = this.#own(plainAddress(host));
    if (own === undefined) return undefined;
    return own === loopback ? "loopback" : "pod";
  }

  /** The path of a port that is listened on. */
  pathOf(port: number, isLoopback: boolean): string {
    const { prefix, podIP } = this.sockets;
    return (isLoopback ? loopbackPath : socketPath)(prefix, podIP, port);
  }

  /** A way to a port of a pod that is in another process; undefined where there is none. Never rejects. */
  async reach(address: string, port: number, fromPort: number): Promise<ReachedPod | undefined> {
    // A socket that connects holds its program; the question to the cluster does not.
    const held = setInterval(() => {}, 2 ** 30);
    try {
      return await this.#options.reach?.(address, port, fromPort);
    } catch {
      // The cluster stops, or the line to it is lost.
      return undefined;
    } finally {
      clearInterval(held);
    }
  }

  /** The port of the next connection, as its server sees it. */
  clientPort(): number {
    this.#lastPort = firstClientPort + ((this.#lastPort + 1 - firstClientPort) % clientPorts);
    return this.#lastPort;
  }

  #own(host: string): string | undefined {
    const { sockets, hostname } = this.#options;
    const name = host.toLowerCase();
    if (name === "localhost" || name.endsWith(".localhost") || anyAddress.has(name)) return loopback;
    if (name === "::1" || /^127\.0\.\d+\.\d+$/.test(name)) return loopback;
    return name === sockets.podIP || name === hostname ? sockets.podIP : undefined;
  }

  #placeOf({ address, port, isProxy = false }: FoundEndpoint): Place {
    if (!isProxy && !isPodAddress(address)) return { host: address, port };
    return { path: socketPath(this.sockets.prefix, address, port), podIP: address, port };
  }

  /** What no program of the pod listens on may still be a service of the machine. */
  #loopbackPlaces(port: number): readonly Place[] {
    const podIP = loopback;
    return [
      { path: this.pathOf(port, false), podIP, port },
      { path: this.pathOf(port, true), podIP, port },
      { host: loopback, port },
    ];
  }
}

/** Nobody has a name of one word. */
const noName: FoundRecords = { is: "no-name", records: [] };

/** Names with records in the DNS of the cluster (network/dns/zone.ts): only full names have them. */
const ofTheZone = /(?:^|\.)(?:cluster\.local|in-addr\.arpa)\.?$/i;

const anyAddress: ReadonlySet<string> = new Set(["0.0.0.0", "::", ""]);

/** As Linux has it: 32768 to 60999. */
const firstClientPort = 32_768;
const clientPorts = 28_232;

/** An IPv4 address may be written as one of IPv6, in two ways (a URL has it in hexadecimal), and in brackets. */
function plainAddress(host: string): string {
  return unmapped(host.replace(/^\[(.*)\]$/, "$1"));
}

/** The cluster has names of letters, digits, dashes and dots, and IPv4 addresses. */
function mayBeOurs(host: string): boolean {
  return host.length <= 253 && /^[\w.-]+$/.test(host);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [all[i] as T, all[j] as T];
    all[i] = b;
    all[j] = a;
  }
  return all;
}

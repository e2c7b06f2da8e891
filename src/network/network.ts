/**
 * The network of a cluster, for the rooms above: threads are attached to it, and it is asked where names lead and who may talk to whom. Two
 * threads are introduced to each other with a channel of their own (introductions.ts); after that they talk without it, and no message ever
 * passes here. It holds nothing that it could not read from the store again, except the control ports.
 */
import { MessageError, toWire } from "../errors/index.ts";
import {
  type EjectionNews,
  type Exit,
  type FoundEndpoint,
  type MessageApi,
  Peer,
  type Port,
  type ReachPod,
  type TrafficBook,
} from "../messages/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { Attached, type Attachment, type Identity } from "./attachment.ts";
import { Directory } from "./directory.ts";
import {
  type DiscoveredPod,
  type DiscoveredService,
  discoveredPod,
  discoveredService,
  watched,
} from "./discovery.ts";
import type { DnsOptions, DnsServing } from "./dns/index.ts";
import { FarNetwork, type FarOptions } from "./far/index.ts";
import { type FarewellEnd, FarewellRelay } from "./farewell-relay.ts";
import { Hosts } from "./hosts.ts";
import { InnerPeers } from "./inner-peers.ts";
import { Introductions } from "./introductions.ts";
import { localPorts } from "./local-ports.ts";
import { MeshTable } from "./mesh/index.ts";
import { PodEndings } from "./pod-endings.ts";
import { type Denial, Denials, Policies, verdictText } from "./policy/index.ts";
import { PolicyCalls } from "./policy-calls.ts";
import { type PolicyTest, type PolicyTestOptions, policyTest } from "./policy-test.ts";
import type { ResourceCalls } from "./resource-calls.ts";
import { ThreadRequests } from "./thread-requests.ts";
import { TrafficCounts } from "./traffic-counts.ts";

export interface NetworkOptions {
  readonly store: StoreReads;
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: ResourceCalls;
  /** Whether a node is one of this process; all are where left out. */
  readonly isHere?: ((node: string) => boolean) | undefined;
  /** How pods that run in other processes are connected to; none are where left out. */
  readonly reach?: ReachPod | undefined;
  /** Told of what NetworkPolicies have denied: of each pair of pods at most once a minute. */
  readonly onDenied?: ((denial: Denial) => void) | undefined;
  /** Told when a sender leaves an endpoint of a Service out, and takes it back. */
  readonly onEjection?: ((news: EjectionNews, service: Service) => void) | undefined;
  /** Told of what fails while a thread is heard: no thread may end the others. */
  readonly onFault: (fault: unknown) => void;
  /** Threads of other processes take part, by a carrier between them. */
  readonly far?: FarOptions | undefined;
}

export class Network {
  /** Which pod may connect to which. */
  readonly policies: Policies;
  /** The HTTPRoutes whose parents are Services. */
  readonly mesh: MeshTable;
  /** What all senders together have sent to each endpoint of each Service. */
  readonly trafficCounts: TrafficCounts<Attached>;
  readonly #denials: Denials;
  readonly #policyCalls: PolicyCalls;
  readonly #outside: Pick<NetworkOptions, "store" | "clock" | "random">;
  readonly #hosts: Hosts;
  readonly #inner: InnerPeers;
  readonly #farewells = new FarewellRelay();
  readonly #endings: PodEndings;
  readonly #directory: Directory;
  readonly #introductions: Introductions;
  readonly #requests: ThreadRequests;
  readonly #far: FarNetwork | undefined;
  /** The network's end of the control port of the main thread, and the main thread's own. */
  readonly #mainPort: Port;
  readonly #main: Peer;
  #lastId = -1;
  #isStopped = false;

  constructor(options: NetworkOptions) {
    const {
      store,
      clock,
      random,
      calls,
      onDenied = () => {},
      onEjection = () => {},
      onFault,
      far,
      isHere = () => true,
      reach = nobody,
    } = options;
    this.#outside = { store, clock, random };
    this.mesh = new MeshTable(store);
    this.#hosts = new Hosts(store, clock, this.mesh);
    this.#inner = new InnerPeers(store, clock, (identity, port) =>
      this.#requests.hearInner(this.#attachedAt(port, identity)),
    );
    this.#endings = new PodEndings(store);
    this.trafficCounts = new TrafficCounts(store, onEjection);
    this.policies = new Policies(store);
    this.#denials = new Denials(clock, onDenied);
    this.#policyCalls = new PolicyCalls(this.policies, this.#denials, clock);
    this.#directory = new Directory({
      store,
      clock,
      policies: this.policies,
      mesh: this.mesh,
      isHere,
      hearsOthers: far !== undefined,
    });
    this.#introductions = new Introductions(this.policies);
    this.#requests = new ThreadRequests({
      clock,
      directory: this.#directory,
      introductions: this.#introductions,
      trafficCounts: this.trafficCounts,
      policies: this.policies,
      denials: this.#denials,
      policyCalls: this.#policyCalls,
      hosts: this.#hosts,
      farewells: this.#farewells,
      endings: this.#endings,
      reach,
      calls,
      onFault,
      onTraffic: (attached, report) => this.#far?.traffic(attached, report),
      onLeaving: attached => this.#far?.leaving(attached),
    });
    const parts = {
      store,
      clock,
      random,
      onFault,
      introductions: this.#introductions,
      trafficCounts: this.trafficCounts,
    };
    const nextId = () => ++this.#lastId;
    this.#far = far && new FarNetwork(far, { ...parts, directory: this.#directory, nextId });
    const [ours, theirs] = localPorts();
    this.#mainPort = ours;
    this.#main = new Peer({ control: theirs, clock, random });
  }

  /** Follows the store from now on, and lets the main thread take part. */
  start(): void {
    this.policies.start();
    this.mesh.start();
    this.#policyCalls.start();
    this.#directory.start();
    this.#hosts.start();
    this.#add(this.#attachedAt(this.#mainPort));
  }

  /** Meets the other processes of the cluster, where it is to; after `start`. Fails as the carrier does. */
  async meetOthers(): Promise<void> {
    await this.#far?.start();
  }

  /** What the main thread has under way to Services, of itself and for what comes from outside. */
  get traffic(): TrafficBook {
    return this.#main.traffic;
  }

  /** `send` and `request` of the main thread itself. */
  get api(): MessageApi {
    return this.#main.api;
  }

  /** A DNS server for any program of this machine. Fails with BadRequest where it cannot listen there. It is to be closed before `stop`. */
  async serveDns(options: DnsOptions): Promise<DnsServing> {
    const { serveDns } = await import("./dns/index.ts");
    return serveDns(this.#outside, options);
  }

  /** Whether policies allow the one to connect to the other, before anybody tries. Fails with NotFound, or BadRequest. */
  testPolicy(from: string, to: string, options: PolicyTestOptions): PolicyTest {
    const { policies } = this;
    const { servicesAt } = this.#hosts;
    return policyTest(from, to, options, { store: this.#outside.store, policies, servicesAt });
  }

  /** The policies that select a pod, for each direction; undefined where there is no such pod. */
  policiesOf(uid: string): ReturnType<Policies["selecting"]> | undefined {
    const { pod } = this.policies.endOf(uid) ?? {};
    return pod && this.policies.selecting(pod);
  }

  /**
   * Why NetworkPolicies deny a connection from an address to an endpoint; undefined where they allow it. For what takes connections from
   * outside: the client is who connects, not the proxy in between.
   */
  deniedFrom(
    address: string,
    { address: endpoint, port }: FoundEndpoint,
    protocol: "TCP" | "UDP" = "TCP",
  ): string | undefined {
    if (!this.policies.isPoliced) return undefined;
    const from = this.policies.endAt(address);
    const to = this.policies.endAt(endpoint);
    const verdict = this.policies.verdict(from, to, port, protocol);
    if (verdict.allowed) return undefined;
    this.#denials.add(verdict, from, to, port);
    return verdictText(verdict, from, to, port);
  }

  /** Where a Service is reached. Fails with NotFound. */
  discoverService(name: string, namespace: string): DiscoveredService {
    return discoveredService(name, namespace, this.#discovered());
  }

  /** Where a pod is reached. Fails with NotFound. */
  discoverPod(name: string, namespace: string): DiscoveredPod {
    return discoveredPod(name, namespace, this.#discovered());
  }

  /** Where a Service is reached, now and after each change; undefined while there is none. */
  watchService(
    name: string,
    namespace: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DiscoveredService | undefined> {
    const { store, clock } = this.#outside;
    const find = () =>
      store.get("Service", namespace, name) ? this.discoverService(name, namespace) : undefined;
    return watched(find, store, clock, namespace, signal);
  }

  /** A container has been started; `port` is the other end of its Peer's control port, and belongs to the network now. */
  attach(identity: Identity, port: Port): Attachment {
    const attached = this.#attachedAt(port, identity);
    this.#add(attached);
    return { id: attached.id, detach: exit => this.#detach(attached, exit) };
  }

  /**
   * A program has started a thread or a child process of its own, which asks at this path where hosts lead.
   * @param farewells as an Identity has it
   */
  expectInner(path: string, farewells: string): void {
    if (!this.#isStopped) this.#inner.listen(path, farewells);
  }

  /**
   * What servers and clients of this process tell each other of connections that are about to end.
   * @param name as an Identity has it
   */
  farewells(name: string): FarewellEnd {
    return this.#farewells.end(name);
  }

  /** Everything that is pending fails with ClusterStopping. Resolves when other processes have been told. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#requests.stop();
    this.#directory.stop();
    this.#inner.stop();
    this.#hosts.stop();
    this.#farewells.stop();
    this.#endings.stop();
    this.policies.stop();
    this.mesh.stop();
    const error = toWire(new MessageError("ClusterStopping", "the cluster is stopping"));
    this.#introductions.endAll({ type: "stopping", error });
    this.#main.close();
    await this.#far?.stop();
  }

  #discovered(): Parameters<typeof discoveredService>[2] {
    // Only who asks by an address needs to know which slices have it.
    return { store: this.#outside.store, servicesAt: this.#hosts.servicesAt, slicesAt: () => [] };
  }

  #attachedAt(port: Port, identity?: Identity): Attached {
    return new Attached(++this.#lastId, identity, port);
  }

  #add(attached: Attached): void {
    this.#introductions.add(attached);
    this.#directory.add(attached);
    this.#requests.hear(attached);
    this.#far?.attached(attached);
  }

  #detach(attached: Attached, exit: Exit): void {
    if (!this.#introductions.remove(attached, exit)) return;
    this.#directory.remove(attached);
    this.#far?.gone(attached, exit);
    this.trafficCounts.leave(attached);
    attached.close();
  }
}

const nobody: ReachPod = () => Promise.resolve(undefined);

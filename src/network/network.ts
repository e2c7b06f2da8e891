/**
 * Which thread talks to which. The network keeps the list of the threads that take part, answers where a name leads, tells each
 * thread that has asked when that changes, and introduces two threads to each other with a channel of their own. After that
 * they talk without it: no message ever passes here. It holds nothing that it could not read from the store again, except the
 * control ports.
 */
import { MessageChannel } from "node:worker_threads";
import { MessageError, toWire } from "../errors/index.ts";
import {
  type ControlRequest,
  type EjectionNews,
  type Exit,
  type FoundEndpoint,
  type MessageApi,
  Peer,
  type PeerId,
  type Port,
  type Sender,
  type TrafficBook,
} from "../messages/index.ts";
import { type Clock, type Random, setBounded } from "../outside/index.ts";
import type { Service } from "../resources/index.ts";
import type { Store } from "../store/index.ts";
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
import { FairTurns } from "./fair-turns.ts";
import { FarewellRelay } from "./farewell-relay.ts";
import { Hosts } from "./hosts.ts";
import { InnerPeers } from "./inner-peers.ts";
import { localPorts } from "./local-ports.ts";
import { MeshTable } from "./mesh/index.ts";
import { deniedBetween, deniedText } from "./message-policy.ts";
import { PodEndings } from "./pod-endings.ts";
import { type Denial, Denials, Policies, verdictText } from "./policy/index.ts";
import { PolicyCalls } from "./policy-calls.ts";
import { type PolicyTest, type PolicyTestOptions, policyTest } from "./policy-test.ts";
import { answerCall, type ResourceCalls, tellStream } from "./resource-calls.ts";
import { TrafficCounts } from "./traffic-counts.ts";

export interface NetworkOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: ResourceCalls;
  /** Told of what NetworkPolicies have denied: of each pair of pods at most once a minute. */
  readonly onDenied?: ((denial: Denial) => void) | undefined;
  /** Told when a sender leaves an endpoint of a Service out, and takes it back. */
  readonly onEjection?: ((news: EjectionNews, service: Service) => void) | undefined;
  /** Told of what fails while a thread is heard: no thread may end the others. */
  readonly onFault: (fault: unknown) => void;
}

/** How many threads that have ended are remembered, for threads that are told too late. */
const MOST_EXITS = 1_000;

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
  readonly #calls: ResourceCalls;
  readonly #onFault: (fault: unknown) => void;
  readonly #hosts: Hosts;
  readonly #inner: InnerPeers;
  readonly #farewells = new FarewellRelay();
  readonly #endings: PodEndings;
  readonly #turns: FairTurns<Attached>;
  readonly #attached = new Map<PeerId, Attached>();
  readonly #directory: Directory;
  readonly #exits = new Map<PeerId, { who: Sender; exit: Exit }>();
  /** The network's end of the control port of the main thread, and the main thread's own. */
  readonly #mainPort: Port;
  readonly #main: Peer;
  #lastId = -1;
  #isStopped = false;

  constructor(options: NetworkOptions) {
    const { store, clock, random, calls, onDenied = () => {}, onEjection = () => {}, onFault } = options;
    this.#outside = { store, clock, random };
    this.#calls = calls;
    this.#onFault = onFault;
    this.mesh = new MeshTable(store);
    this.#hosts = new Hosts(store, clock, this.mesh);
    this.#inner = new InnerPeers(store, (identity, port) => this.#serveInner(identity, port));
    this.#endings = new PodEndings(store);
    this.trafficCounts = new TrafficCounts(store, onEjection);
    this.#turns = new FairTurns(clock);
    this.policies = new Policies(store);
    this.#denials = new Denials(clock, onDenied);
    this.#policyCalls = new PolicyCalls(this.policies, this.#denials, clock);
    this.#directory = new Directory({ store, clock, policies: this.policies, mesh: this.mesh });
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
    this.#add(undefined, this.#mainPort);
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
    const attached = this.#add(identity, port);
    return { id: attached.id, detach: exit => this.#detach(attached, exit) };
  }

  /**
   * A program has started a thread or a child process of its own, which asks at this path where hosts lead.
   * @param farewells as an Identity has it
   */
  expectInner(path: string, farewells: string): void {
    if (!this.#isStopped) this.#inner.listen(path, farewells);
  }

  /** Everything that is pending fails with ClusterStopping. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#directory.stop();
    this.#inner.stop();
    this.#hosts.stop();
    this.#farewells.stop();
    this.#endings.stop();
    this.policies.stop();
    this.mesh.stop();
    const error = toWire(new MessageError("ClusterStopping", "the cluster is stopping"));
    for (const attached of this.#attached.values()) {
      attached.tell({ type: "stopping", error });
      attached.close();
    }
    this.#attached.clear();
    this.#main.close();
  }

  #discovered(): Parameters<typeof discoveredService>[2] {
    // Only who asks by an address needs to know which slices have it.
    return { store: this.#outside.store, servicesAt: this.#hosts.servicesAt, slicesAt: () => [] };
  }

  /** It takes no messages, and nobody is introduced to it. */
  #serveInner(identity: Identity, port: Port): void {
    const attached = new Attached(++this.#lastId, identity, port);
    attached.listen(
      asked => {
        const { type } = asked;
        if (type === "call" || type === "subscribe") {
          if (!innerNames.has(asked.name)) return;
        } else if (type !== "unsubscribe" && type !== "read" && type !== "traffic") return;
        this.#heard(attached, asked);
      },
      () => {
        this.trafficCounts.leave(attached);
        attached.close();
      },
    );
  }

  #add(identity: Identity | undefined, port: Port): Attached {
    const attached = new Attached(++this.#lastId, identity, port);
    this.#attached.set(attached.id, attached);
    this.#directory.add(attached);
    attached.listen(
      asked => this.#heard(attached, asked),
      () => this.#directory.leave(attached),
    );
    return attached;
  }

  #detach(attached: Attached, exit: Exit): void {
    if (!this.#attached.delete(attached.id)) return;
    const { id, who } = attached;
    this.#directory.remove(attached);
    this.trafficCounts.leave(attached);
    setBounded(this.#exits, id, { who, exit }, MOST_EXITS);
    for (const other of attached.connectedTo) {
      this.#attached.get(other)?.connectedTo.delete(id);
      this.#attached.get(other)?.tell({ type: "gone", peer: id, who, exit });
    }
    attached.close();
  }

  #heard(attached: Attached, asked: ControlRequest): void {
    if (this.#isStopped) return;
    try {
      this.#do(attached, asked);
    } catch (fault) {
      this.#onFault(fault);
    }
  }

  #do(attached: Attached, asked: ControlRequest): void {
    switch (asked.type) {
      case "resolve":
        this.#directory.resolve(attached, asked.target);
        break;
      case "connect":
        this.#connect(attached, asked.peer);
        break;
      case "denied":
        this.#denied(attached, asked.peer);
        break;
      case "traffic":
        this.trafficCounts.add(attached, asked.report);
        break;
      case "draining":
        this.#directory.leave(attached);
        attached.tell({ type: "introduced-to-all" });
        break;
      case "call":
        void answerCall(this.#answering(asked.name), this.#turns, attached, asked.id, asked.name, asked.args);
        break;
      case "subscribe":
        void tellStream(this.#telling(asked.name), this.#turns, attached, asked.id, asked.name, asked.args);
        break;
      case "unsubscribe":
        attached.subscriptions.get(asked.id)?.stop();
        break;
      case "read":
        attached.subscriptions.get(asked.id)?.read(asked.count);
        break;
    }
  }

  #answering(name: string): Pick<ResourceCalls, "call"> {
    if (name === "farewell") return this.#farewells;
    return name === "verdict" || name === "denied" ? this.#policyCalls : this.#calls;
  }

  #telling(name: string): Pick<ResourceCalls, "subscribe"> {
    if (name === "hosts" || name === "records") return this.#hosts;
    if (name === "farewells") return this.#farewells;
    if (name === "stopping") return this.#endings;
    return name === "policies" ? this.#policyCalls : this.#calls;
  }

  /** A thread says that it has rejected a message. Whether policies deny it is looked up here. */
  #denied(from: Attached, peer: PeerId): void {
    const to = this.#attached.get(peer);
    const denied = to && deniedBetween(from, to, this.policies);
    if (denied) this.#denials.add(denied.verdict, denied.sender, denied.receiver);
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

  // Introductions.

  #connect(from: Attached, peer: PeerId): void {
    const to = this.#attached.get(peer);
    if (to === undefined) {
      const { who, exit } = this.#exits.get(peer) ?? { who: unknownSender, exit: forgotten };
      from.tell({ type: "gone", peer, who, exit });
    } else if (from.connectedTo.has(peer)) {
      // Both have asked: they were introduced when the first did.
    } else if (to.isLeaving) {
      from.tell({ type: "refused", peer, who: to.who });
    } else {
      const text = deniedText(from, to, this.policies);
      if (text !== undefined) {
        from.tell({ type: "forbidden", peer, text });
        return;
      }
      from.connectedTo.add(peer);
      to.connectedTo.add(from.id);
      const copies = from.copies || to.copies;
      const { port1, port2 } = new MessageChannel();
      const { who, largest } = to;
      from.tell({ type: "introduce", peer, who, port: port1, copies, largest }, port1);
      const { id, who: other, largest: largestBack } = from;
      to.tell({ type: "introduce", peer: id, who: other, port: port2, copies, largest: largestBack }, port2);
    }
  }
}

/** What threads and processes that a program has started are told. */
const innerNames: ReadonlySet<string> = new Set([
  "hosts",
  "records",
  "policies",
  "verdict",
  "denied",
  "farewell",
  "farewells",
  "stopping",
]);

const unknownSender: Sender = { cluster: false, namespace: "", pod: "the container", container: "" };
const forgotten: Exit = { exitCode: 0, reason: "Unknown", message: "it ended a while ago" };

/**
 * How nodes of this process and of others reach each other: those of others are asked over the network, and as soon as there is one, a server
 * is there for those of this process. A cluster that is alone has nothing of it.
 */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Authority } from "../access/index.ts";
import type { KubeletServer, PolicedPods } from "../kubelet/index.ts";
import type { FarewellEnd } from "../network/index.ts";
import {
  type Credentials,
  FarNodes,
  FarRelay,
  type KubeletPlace,
  type NodeAgent,
  type NodeDocuments,
  NodesHere,
} from "../node/index.ts";
import { type Clock, everyStep } from "../outside/index.ts";
import type { StorageDrivers } from "../storage/index.ts";
import type { Store, Unwatch } from "../store/index.ts";

export interface ReachingParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly agents: ReadonlyMap<string, NodeAgent>;
  /** Whether a node of this name has been one of this process. */
  readonly isHere: (name: string) => boolean;
  readonly documents: NodeDocuments;
  /** Who signs certificates; undefined until the API is served encrypted. */
  readonly authority: () => Authority | undefined;
  /** The name of the node of the pod that has an address. */
  readonly nodeAt: (address: string) => string | undefined;
  /** Where the API is served. */
  readonly url: () => string | undefined;
  /** By which address other machines reach the nodes of this process; as the API's where left out. */
  readonly address: string | undefined;
  readonly policed: PolicedPods;
  readonly storage: () => StorageDrivers;
  /** What servers and clients of this process say of their connections. */
  readonly farewells: () => FarewellEnd;
  readonly onFault: (fault: unknown) => void;
}

export class Reaching {
  /** Those of this process, and of others. */
  readonly nodes: NodesHere;
  readonly far: FarNodes;
  /** Leads pods here to pods elsewhere. */
  readonly relay: FarRelay;
  readonly #parts: ReachingParts;
  /** What it shows to nodes, and what its nodes show to others. */
  #asking: Kept | undefined;
  #serving: Kept | undefined;
  #server: Promise<KubeletServer | undefined> | undefined;
  /** Where it listens, once it does. */
  #place: KubeletPlace | undefined;
  #unwatch: Unwatch = () => {};
  #isStopped = false;
  /** The API is served at all addresses of the machine. */
  #isEverywhere = false;

  constructor(parts: ReachingParts) {
    this.#parts = parts;
    const { store, clock, agents, documents, isHere, nodeAt, farewells } = parts;
    const source = () => (this.#parts.authority() ? () => this.#asks() : undefined);
    this.far = new FarNodes({ store, credentials: source, isHere, nodeAt, farewells });
    this.nodes = new NodesHere(agents, documents, this.far);
    this.relay = new FarRelay({ nodes: this.far, clock });
  }

  start(): void {
    this.#unwatch = this.#parts.store.watch({ kind: "Node" }, ({ object }) =>
      this.#seen(object.metadata.name),
    );
    this.#look();
  }

  /**
   * The API has just been served: there may be nodes elsewhere already.
   * @param host where it listens
   */
  served(host: string | undefined): void {
    this.#isEverywhere ||= host === "0.0.0.0" || host === "::";
    this.#look();
  }

  #look(): void {
    for (const { metadata } of this.#parts.store.list("Node")) this.#seen(metadata.name);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#unwatch();
    this.far.close();
    return everyStep([() => this.relay.close(), async () => (await this.#server)?.close()]);
  }

  #seen(name: string): void {
    const { agents, isHere, authority, onFault } = this.#parts;
    const agent = agents.get(name);
    // One that has come since, or has been made anew.
    if (agent && this.#place) agent.serves(this.#place).catch(onFault);
    this.#renew();
    if (this.#server || this.#isStopped || isHere(name) || !authority()) return;
    this.#server = this.#serve().catch(fault => {
      onFault(fault);
      return undefined;
    });
  }

  /** The nodes of this process say where they are asked. */
  async #serve(): Promise<KubeletServer | undefined> {
    const { agents, documents, store, policed, storage, farewells, onFault } = this.#parts;
    // Who is alone reads none of it.
    const { KubeletServer } = await import("../kubelet/index.ts");
    const host = this.#host();
    const nameAt = (address: string) => this.far.nameAt(address);
    const parts = { agents, documents, store, nameAt, policed, storage, farewells: farewells(), onFault };
    const server = await KubeletServer.listen({ host, port: 0 }, await this.#serves(), parts);
    this.#place = { host, port: server.port };
    for (const agent of agents.values()) await agent.serves(this.#place);
    return server;
  }

  /** The server shows another certificate when the authority was renewed. Looked at whenever a node says something: each does every five minutes. */
  #renew(): void {
    const { authority, onFault } = this.#parts;
    const now = authority()?.certificate;
    if (!this.#server || this.#isStopped || now === undefined || this.#serving?.of === now) return;
    const server = this.#server;
    const shown = this.#serves();
    shown.then(async credentials => (await server)?.renew(credentials)).catch(onFault);
  }

  #host(): string {
    const { address, url } = this.#parts;
    const { hostname } = new URL(url() ?? "https://127.0.0.1");
    const name = hostname.replace(/^\[(.*)\]$/, "$1");
    const own = this.#isEverywhere ? machineAddress() : undefined;
    return address ?? own ?? (isIP(name) ? name : "127.0.0.1");
  }

  #asks(): Promise<Credentials> {
    this.#asking = this.#kept(this.#asking, async (authority, hosts, now) => ({
      ...(await authority.controlPlane(hosts, now)),
      ca: await authority.ofKubelets(),
    }));
    return this.#asking.made;
  }

  #serves(): Promise<Credentials> {
    this.#serving = this.#kept(this.#serving, async (authority, hosts, now) => ({
      ...(await authority.controlPlaneNodes(hosts, now)),
      ca: authority.certificate,
    }));
    return this.#serving.made;
  }

  /** Those of before, while the authority is the same. */
  #kept(
    before: Kept | undefined,
    make: (authority: Authority, hosts: readonly string[], now: number) => Promise<Credentials>,
  ): Kept {
    const { authority: source, clock } = this.#parts;
    const authority = source();
    const made = authority
      ? () => make(authority, [this.#host(), "localhost"], clock.now())
      : () => Promise.reject(new Error("the cluster has no authority that signs certificates"));
    const of = authority?.certificate;
    return before && before.of === of ? before : { of, made: made() };
  }
}

interface Kept {
  /** The certificate of the authority. */
  readonly of: string | undefined;
  readonly made: Promise<Credentials>;
}

/** The first one by which others see this machine; undefined where it has none. */
function machineAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

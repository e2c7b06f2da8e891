/**
 * Tells threads where hosts lead, and which DNS records names have (`hosts` and `records` of their subscriptions): the answer, and each
 * later one (questions.ts). So their next connections need not ask.
 */
import type { FoundHost, FoundPort } from "../messages/index.ts";
import type { Clock } from "../outside/index.ts";
import type { Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import type { Identity } from "./attachment.ts";
import { dependsOn, hostNamed } from "./host-facts.ts";
import type { MeshTable } from "./mesh/index.ts";
import { Questions } from "./questions.ts";
import { Records } from "./records.ts";
import { ServiceAddresses } from "./service-addresses.ts";
import { type ClientPlace, placeOfPod, withinReach } from "./within-reach.ts";

export class Hosts {
  readonly #store: StoreReads;
  readonly #services: ServiceAddresses;
  readonly #questions: Questions;
  readonly #records: Records;
  readonly #mesh: MeshTable;
  /** Of this revision of the store: most hosts are asked for by many threads. */
  readonly #answers = new Map<string, FoundHost | undefined>();
  #answeredAt = -1;

  constructor(store: StoreReads, clock: Clock, mesh: MeshTable) {
    this.#store = store;
    this.#mesh = mesh;
    this.#services = new ServiceAddresses(store);
    this.#questions = new Questions(store, clock);
    this.#records = new Records(store, this.#questions, this.#services.at);
  }

  start(): void {
    this.#services.start();
    this.#questions.start();
    this.#mesh.onServed(service => this.#questions.touch(service));
  }

  stop(): void {
    this.#services.stop();
    this.#questions.stop();
    this.#records.stop();
  }

  /** The Services that have this address, mostly one or none. */
  readonly servicesAt = (address: string): readonly Service[] => this.#services.at(address);

  /** What a host means now, for a client in this namespace; undefined where the cluster does not know it. */
  find(host: string, namespace: string): FoundHost | undefined {
    if (this.#answeredAt !== this.#store.revision) this.#answers.clear();
    this.#answeredAt = this.#store.revision;
    const key = `${namespace}/${host}`;
    const known = this.#answers.get(key);
    if (known || this.#answers.has(key)) return known;
    const found = hostNamed(host, namespace, this.#store, this.#services.at);
    this.#answers.set(key, found);
    return found;
  }

  /** The subscription `hosts` of a thread, of a host, or `records`, of a name and a type. */
  subscribe(
    { namespace, uid }: Pick<Identity, "namespace" | "uid">,
    name: string,
    [asked, type]: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<unknown> {
    const host = String(asked);
    if (name === "records") return this.#records.subscribe(host, String(type), signal);
    return this.#questions.answers(
      {
        find: () =>
          near(routed(this.find(host, namespace), namespace, this.#mesh), placeOfPod(uid, this.#store)),
        keys: () => dependsOn(host, namespace, this.#store, this.#services.at),
      },
      signal,
    );
  }
}

/** Ports that have routes for callers of this namespace lead to where those are applied. */
function routed(found: FoundHost | undefined, caller: string, mesh: MeshTable): FoundHost | undefined {
  if (!found?.ports || !found.traffic || !mesh.hasRoutes) return found;
  const { service } = found.traffic;
  const [address = ""] = found.addresses;
  const ports = found.ports.map(each => {
    if (!mesh.leads(service, each.port, caller)) return each;
    return {
      ...each,
      endpoints: [{ address: mesh.addressOf(service) ?? address, port: each.port, isProxy: true }],
    };
  });
  return { ...found, ports };
}

/** For a client at this place. */
function near(found: FoundHost | undefined, place: ClientPlace): FoundHost | undefined {
  if (!found?.ports) return found;
  const { isLocal = false, udpPorts } = found;
  const reached = (port: FoundPort): FoundPort => ({
    ...port,
    endpoints: port.endpoints[0]?.isProxy ? port.endpoints : withinReach(port.endpoints, place, isLocal),
  });
  return { ...found, ports: found.ports.map(reached), ...(udpPorts && { udpPorts: udpPorts.map(reached) }) };
}

/**
 * Where the ports of Services lead, for what asks at every request or connection: kept until something changes on which it depends.
 */
import type { FoundPort } from "../messages/index.ts";
import { isTerminating, type Service } from "../resources/index.ts";
import type { Change, StoreReads, Unwatch } from "../store/index.ts";
import { portsOf } from "./host-facts.ts";

export interface FoundService {
  readonly service: Service;
  readonly ports: readonly FoundPort[];
  /** Those of UDP. */
  readonly udpPorts: readonly FoundPort[];
}

export class ServicePorts {
  readonly #store: StoreReads;
  /** By namespace, then by name. */
  readonly #known = new Map<string, Map<string, FoundService>>();
  #unwatch: readonly Unwatch[] = [];

  constructor(store: StoreReads) {
    this.#store = store;
  }

  start(): void {
    this.#unwatch = ["Service", "EndpointSlice", "Pod"].map(kind =>
      this.#store.watch({ kind }, change => this.#changed(change)),
    );
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  /** Undefined where there is no such Service. */
  of(namespace: string, name: string): FoundService | undefined {
    const known = this.#known.get(namespace)?.get(name);
    if (known) return known;
    const service = this.#store.get("Service", namespace, name);
    if (!service) return undefined;
    const [ports, udpPorts] = (["TCP", "UDP"] as const).map(each => portsOf(service, this.#store, each));
    const found = { service, ports: ports ?? [], udpPorts: udpPorts ?? [] };
    const ofNamespace = this.#known.get(namespace) ?? new Map<string, FoundService>();
    this.#known.set(namespace, ofNamespace.set(name, found));
    return found;
  }

  #changed({ type, key: { kind, namespace, name }, object, previous }: Change): void {
    const known = this.#known.get(namespace);
    if (!known) return;
    if (kind === "Service") known.delete(name);
    else if (kind === "EndpointSlice")
      known.delete(object.metadata.labels?.["kubernetes.io/service-name"] ?? "");
    // Before its slice says so: a pod that is being stopped leaves at once.
    else if (type === "MODIFIED" && isTerminating(object) && !(previous && isTerminating(previous)))
      known.clear();
  }
}

/**
 * Which Service has an address: its ClusterIPs, external IPs and those of its load balancer. An index over the Services of the store, kept
 * while it is started.
 */
import type { KubernetesObject, Service } from "../resources/index.ts";
import type { Store, Unwatch } from "../store/index.ts";

export class ServiceAddresses {
  readonly #store: Store;
  /** By address, the keys `namespace/name` of Services. */
  readonly #keys = new Map<string, Set<string>>();
  #unwatch: Unwatch | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  start(): void {
    for (const service of this.#store.list("Service")) this.#add(service);
    this.#unwatch = this.#store.watch({ kind: "Service" }, ({ type, object, previous }) => {
      if (previous) this.#remove(previous);
      if (type === "DELETED") this.#remove(object);
      else this.#add(object);
    });
  }

  stop(): void {
    this.#unwatch?.();
  }

  /** The Services with this address, mostly one or none. */
  readonly at = (address: string): readonly Service[] =>
    [...(this.#keys.get(address) ?? [])].flatMap(key => {
      const [namespace = "", name = ""] = key.split("/");
      return this.#store.get("Service", namespace, name) ?? [];
    });

  #add(object: KubernetesObject): void {
    for (const address of addressesOf(object as Service))
      this.#keys.set(address, (this.#keys.get(address) ?? new Set()).add(keyOf(object)));
  }

  #remove(object: KubernetesObject): void {
    for (const address of addressesOf(object as Service)) {
      const keys = this.#keys.get(address);
      keys?.delete(keyOf(object));
      if (keys?.size === 0) this.#keys.delete(address);
    }
  }
}

function keyOf({ metadata: { namespace = "", name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

/** All addresses under which the Service can be connected to. */
export function addressesOf({ spec, status }: Service): readonly string[] {
  const { clusterIP, clusterIPs = [], externalIPs = [] } = spec ?? {};
  const balanced = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  const all = [clusterIP ?? "", ...clusterIPs, ...externalIPs, ...balanced];
  return [...new Set(all)].filter(address => address !== "" && address !== "None");
}

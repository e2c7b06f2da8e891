/**
 * Which servers of names the resolvers of a program ask (`dns.setServers`, `Resolver#setServers`), and say that they ask (`getServers`): as
 * /etc/resolv.conf of the pod has them, until the program gives one others. One that asks the cluster's first is answered from the
 * thread's copy of the directory (resolving.ts); what that does not know Node asks the machine's for, as the DNS of a cluster does.
 */
import dns from "node:dns";
import { unmapped } from "../../outside/index.ts";
import { clusterServer } from "./host-names.ts";
import { type Call, named, replace } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

/** What `dns.Resolver` and that of `dns.promises` have in common, or what each has. */
interface Base {
  setServers(servers: readonly string[]): void;
  getServers(): string[];
}

export class ResolverServers {
  readonly #networkOf: () => PodNetwork | undefined;
  /** As they are before any program runs. */
  readonly #machines = dns.getServers();
  /** By a resolver: what the program has given it. */
  readonly #given = new WeakMap<object, readonly string[]>();
  readonly #bases: ReadonlyMap<object, Base["setServers"]>;

  /** @param networkOf undefined until there is a container */
  constructor(networkOf: () => PodNetwork | undefined) {
    this.#networkOf = networkOf;
    const prototypes = [dns.Resolver, dns.promises.Resolver].map(
      ({ prototype }) => Object.getPrototypeOf(prototype) as Base,
    );
    this.#bases = new Map([...new Set(prototypes)].map(base => [base, this.#lead(base)]));
    const show = (getServers: Call) => () => this.#pods() ?? getServers();
    // Where a program gives Node's own resolver servers, Node exchanges these functions for those of the resolver.
    for (const module of [dns, dns.promises]) replace(module, "getServers", show);
  }

  /**
   * Whether the cluster's DNS answers what a resolver is asked. One that has not been given servers has those of the pod.
   * @param resolver or the module, whose functions are those of Node's own resolver
   */
  asksCluster(resolver: unknown): boolean {
    const given = resolver instanceof Object ? this.#given.get(resolver) : undefined;
    if (given) return isClusters(given);
    const network = this.#networkOf();
    const pods = this.#pods();
    if (pods && resolver instanceof Object && network?.asksCluster === false) this.#give(resolver, pods);
    return network?.asksCluster === true;
  }

  /** Undefined where they are the machine's. */
  #pods(): string[] | undefined {
    const servers = this.#networkOf()?.nameServers ?? [];
    return servers.length > 0 ? [...servers] : undefined;
  }

  /** A resolver that the program has made reads what the pod's are when it is first asked. */
  #give(resolver: object, servers: readonly string[]): void {
    for (const [base, setServers] of this.#bases)
      if (Object.prototype.isPrototypeOf.call(base, resolver)) {
        this.#given.set(resolver, servers);
        setServers.call(resolver as Base, servers);
      }
  }

  /** Returns Node's own. */
  #lead(base: Base): Base["setServers"] {
    const { setServers, getServers } = base;
    const given = this.#given;
    const machines = this.#machines;
    const pods = () => this.#pods();
    base.setServers = named("setServers", function (this: Base, servers: readonly string[]) {
      // Node says what is wrong with them, and how they are written.
      setServers.call(this, servers);
      const shown = getServers.call(this);
      given.set(this, shown);
      if (isClusters(shown)) setServers.call(this, machines);
    });
    base.getServers = named("getServers", function (this: Base) {
      const own = given.get(this) ?? pods();
      return own ? [...own] : getServers.call(this);
    });
    return setServers;
  }
}

/** The others are asked only where the first does not answer. */
function isClusters([first]: readonly string[]): boolean {
  return first !== undefined && unmapped(first) === clusterServer;
}

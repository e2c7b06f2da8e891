/**
 * A tally: how many pods of some sort are on each node, and so in each domain of a topology (the nodes that have the same value
 * of a label). It is kept up to date pod by pod, so that a plugin which asks for domains need not count all pods for each pod
 * that it places.
 */
import type { Labels } from "../resources/index.ts";
import { domainOf } from "./node-info.ts";

/** Where pods are counted: the entry of a node, the same one as long as the node has this name. */
export interface Place {
  readonly labels: Labels | undefined;
}

const none: ReadonlyMap<string, number> = new Map();

export class Tally {
  readonly #byPlace = new Map<Place, number>();
  /** By the key of a topology, then by domain. Made when asked for. */
  readonly #byDomain = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#byPlace.size === 0;
  }

  /** `amount` may be negative. A place of which none are left is forgotten. */
  add(place: Place, amount: number): void {
    changeBy(this.#byPlace, place, amount);
    for (const [topologyKey, counts] of this.#byDomain) {
      const domain = domainOf(place, topologyKey);
      if (domain !== undefined) changeBy(counts, domain, amount);
    }
  }

  /** How many are on the node. */
  on(place: Place): number {
    return this.#byPlace.get(place) ?? 0;
  }

  /** How many are in each domain; domains without one are left out. Changes with the tally. */
  byDomain(topologyKey: string): ReadonlyMap<string, number> {
    if (this.isEmpty) return none;
    let counts = this.#byDomain.get(topologyKey);
    if (!counts) {
      counts = new Map();
      for (const [place, amount] of this.#byPlace) {
        const domain = domainOf(place, topologyKey);
        if (domain !== undefined) changeBy(counts, domain, amount);
      }
      this.#byDomain.set(topologyKey, counts);
    }
    return counts;
  }

  /** A node came, went, or has other labels: domains are counted anew. */
  forgetDomains(): void {
    this.#byDomain.clear();
  }
}

function changeBy<K>(counts: Map<K, number>, key: K, amount: number): void {
  const left = (counts.get(key) ?? 0) + amount;
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
}

/**
 * The domains of one topology: which values nodes have of its label, and which of them each node has. It stands side by side for all
 * nodes, as their amounts do (node-amounts.ts): a search asks hundreds of nodes for their zone, and would have to fetch the labels
 * of each.
 */
import { domainOf, type NodeInfo } from "./node-info.ts";

export class Domains {
  /** Each value once. */
  readonly #values: string[] = [];
  /** By the index of a node: the place of its value, from 1 on; 0 where it has none. */
  readonly #places: Int32Array;

  /** Of these nodes, whose indexes are less than `length`. */
  constructor(topologyKey: string, nodeInfos: readonly NodeInfo[], length: number) {
    this.#places = new Int32Array(length);
    const places = new Map<string, number>();
    for (const nodeInfo of nodeInfos) {
      const value = domainOf(nodeInfo, topologyKey);
      if (value === undefined) continue;
      const place = places.get(value) ?? this.#values.push(value);
      places.set(value, place);
      this.#places[nodeInfo.index] = place;
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#values.length;
  }

  /** The one that the node is in, if any. */
  of({ index }: NodeInfo): string | undefined {
    const place = this.#places[index] ?? 0;
    return place === 0 ? undefined : this.#values[place - 1];
  }
}

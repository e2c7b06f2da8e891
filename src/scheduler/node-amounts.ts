/**
 * Processor time, memory and places for pods of all nodes, side by side. A search asks hundreds of nodes for each pod, and of most of
 * them nothing but these numbers: here they lie one after another in memory, where a processor reads many of them at once,
 * instead of in objects that it has to fetch one by one. What few nodes have besides stands in their NodeInfo.
 */
import type { Amounts } from "./requests.ts";

/** One amount of each node, by the index of its NodeInfo. */
class AmountsColumns {
  cpu = new Float64Array(64);
  memory = new Float64Array(64);
  pods = new Float64Array(64);

  set(index: number, { cpu, memory, pods }: Amounts): void {
    if (index >= this.cpu.length) this.#grow(index);
    this.cpu[index] = cpu;
    this.memory[index] = memory;
    this.pods[index] = pods;
  }

  #grow(index: number): void {
    const longer = (column: Float64Array) => {
      const grown = new Float64Array(index * 2);
      grown.set(column);
      return grown;
    };
    this.cpu = longer(this.cpu);
    this.memory = longer(this.memory);
    this.pods = longer(this.pods);
  }
}

/** What NodeInfo has under the same names. */
export class AmountsOfNodes {
  readonly allocatable = new AmountsColumns();
  readonly requested = new AmountsColumns();
  readonly scored = new AmountsColumns();
  /** How often anything was written: no two states of nodes have the same number, not even of two with one name. */
  writes = 0;
}

/** The amount of the node with this index. */
export function at(column: Float64Array, index: number): number {
  return column[index] ?? 0;
}

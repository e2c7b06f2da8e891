/**
 * NodeResourcesBalancedAllocation: prefers nodes whose resources would be used up evenly, so that none is full of one while the
 * other lies idle: 100 less the standard deviation of the shares. Pods that request nothing are not scored.
 */
import { maxScore, type Plugin } from "../framework.ts";
import { type AmountsOfNodes, at } from "../node-amounts.ts";
import type { NodeInfo } from "../node-info.ts";
import { type Amounts, amountOf, requestsOf } from "../requests.ts";
import { cpuAndMemory, type ResourceWeight } from "./node-resources-fit.ts";

export interface BalancedAllocationArgs {
  /** Default: cpu and memory. Their weights are 1. */
  readonly resources?: readonly ResourceWeight[];
}

export function nodeResourcesBalancedAllocation({
  resources = cpuAndMemory,
}: BalancedAllocationArgs = {}): Plugin {
  return {
    name: "NodeResourcesBalancedAllocation",
    preScore(pod, _, { snapshot: { amounts: ofNodes } }) {
      const wanted = requestsOf(pod);
      const amounts = resources.map(({ name }) => ({ name, amount: amountOf(wanted, name) }));
      if (amounts.every(({ amount }) => amount === 0)) return undefined;
      // The common case, which is asked of hundreds of nodes for every pod.
      if (resources === cpuAndMemory) return { score: byCpuAndMemory(wanted, ofNodes) };
      return {
        score: ({ allocatable, requested }) => {
          let count = 0;
          let sum = 0;
          let squares = 0;
          for (const { name, amount } of amounts) {
            const capacity = amountOf(allocatable, name);
            if (capacity === 0 || (amount === 0 && name !== "cpu" && name !== "memory")) continue;
            const share = Math.min(1, (amountOf(requested, name) + amount) / capacity);
            count += 1;
            sum += share;
            squares += share * share;
          }
          if (count < 2) return maxScore;
          const mean = sum / count;
          // Rounding may leave a tiny negative number where all shares are the same.
          const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
          return Math.trunc((1 - deviation) * maxScore);
        },
      };
    },
  };
}

/** What the general score comes to for two resources: the deviation is half of what lies between the shares. */
function byCpuAndMemory(
  { cpu, memory }: Amounts,
  { allocatable, requested }: AmountsOfNodes,
): (nodeInfo: NodeInfo) => number {
  return ({ index }) => {
    const [allCpu, allMemory] = [at(allocatable.cpu, index), at(allocatable.memory, index)];
    if (allCpu === 0 || allMemory === 0) return maxScore;
    const ofCpu = Math.min(1, (at(requested.cpu, index) + cpu) / allCpu);
    const ofMemory = Math.min(1, (at(requested.memory, index) + memory) / allMemory);
    return Math.trunc((1 - Math.abs(ofCpu - ofMemory) / 2) * maxScore);
  };
}

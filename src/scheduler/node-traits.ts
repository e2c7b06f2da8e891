/** What few nodes have, and how many have it: where none has it, a plugin need not look at them all. */
import type { Node } from "../resources/index.ts";

const nodeTraits = {
  unschedulable: ({ spec }: Node) => spec?.unschedulable === true,
  tainted: ({ spec }: Node) => spec?.taints?.some(({ effect }) => effect !== "PreferNoSchedule") ?? false,
  softlyTainted: ({ spec }: Node) =>
    spec?.taints?.some(({ effect }) => effect === "PreferNoSchedule") ?? false,
  withImages: ({ status }: Node) => (status?.images?.length ?? 0) > 0,
} as const;

export type NodeTrait = keyof typeof nodeTraits;

export class NodeTraits {
  readonly #counts = new Map<NodeTrait, number>();

  hasAny(trait: NodeTrait): boolean {
    return (this.#counts.get(trait) ?? 0) > 0;
  }

  /** A node came (1) or went (-1), or is as it was no more. */
  count(node: Node | undefined, amount: 1 | -1): void {
    if (!node) return;
    for (const trait of Object.keys(nodeTraits) as NodeTrait[])
      if (nodeTraits[trait](node)) this.#counts.set(trait, (this.#counts.get(trait) ?? 0) + amount);
  }
}

/**
 * A node of a manifest's tree: a word, a list or a map, with its place in the text.
 */
import type { Scalar } from "./scalars.ts";

export interface Place {
  readonly start: number;
  readonly end: number;
}

export type Node = ScalarNode | ListNode | MapNode;

interface Measured extends Place {
  /** How many nodes it is, with aliases counted as what they stand for, and how deep. */
  readonly size: number;
  readonly depth: number;
}

export interface ScalarNode extends Measured {
  readonly kind: "scalar";
  readonly value: Scalar;
}

interface ListNode extends Measured {
  readonly kind: "list";
  readonly items: readonly Node[];
}

export interface MapNode extends Measured {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: Place;
  readonly value: Node;
}

/** The plain value of a node. Nodes reached twice, through an alias, become two values. */
export function valueOfNode(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(valueOfNode);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, valueOfNode(value)]));
  }
}

/** What a key of a map says, where that is text. */
export function textAt(node: MapNode, key: string): string | undefined {
  const value = node.entries.get(key)?.value;
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : undefined;
}

export function nothing(at: number): ScalarNode {
  return { kind: "scalar", value: null, start: at, end: at, size: 1, depth: 0 };
}

export function measured(nodes: readonly Node[]): { size: number; depth: number } {
  let size = 1;
  let depth = 0;
  for (const node of nodes) {
    size += node.size;
    depth = Math.max(depth, node.depth + 1);
  }
  return { size, depth };
}

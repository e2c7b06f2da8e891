import type { Node, Pod } from "k4s";

/** What a plugin is told of a node. */
interface Place {
  readonly node: Node;
  readonly pods: readonly Pod[];
}

interface Args {
  /** The label that says how many licences a node has. */
  readonly label: string;
}

/** True, or why the pod cannot run there. */
export function filter(_pod: Pod, { node, pods }: Place, { label }: Args): true | string {
  // TODO 1: only where a licence is left.
  // TODO 2: what of pods that need none?
  return pods.length < Number(node.metadata.labels?.[label]) || "no";
}

/** From 0 to 100. */
export function score(_pod: Pod, _place: Place, _args: Args): number {
  // TODO 3: together, and out of the way of others.
  return 50;
}

/**
 * The pods without a node that were promised one (Kubernetes: PodNominator): preemption makes room for them there, and nothing less
 * important is to take it meanwhile.
 */
import { hasEnded, type Pod } from "../resources/index.ts";
import type { Taken } from "./node-info.ts";

/** What the pod will take of its node is asked of it once. */
export interface Nominated {
  readonly pod: Pod;
  readonly taken: Taken;
}

const nobody: readonly Nominated[] = [];

export class Nominations {
  /** By the name of the node. */
  readonly #byNode = new Map<string, readonly Nominated[]>();

  get isEmpty(): boolean {
    return this.#byNode.size === 0;
  }

  on(nodeName: string): readonly Nominated[] {
    return this.#byNode.get(nodeName) ?? nobody;
  }

  /** A pod as it was and as it is; undefined where there is none. */
  set(before: Pod | undefined, pod: Pod | undefined, takenBy: (pod: Pod) => Taken): void {
    const nodeBefore = before && nominationOf(before);
    const node = pod && nominationOf(pod);
    if (before && nodeBefore !== undefined) {
      const others = this.#without(nodeBefore, before);
      if (others.length > 0) this.#byNode.set(nodeBefore, others);
      else this.#byNode.delete(nodeBefore);
    }
    if (pod && node !== undefined)
      this.#byNode.set(node, [...this.#without(node, pod), { pod, taken: takenBy(pod) }]);
  }

  #without(nodeName: string, { metadata: { uid } }: Pod): readonly Nominated[] {
    return this.on(nodeName).filter(({ pod }) => pod.metadata.uid !== uid);
  }
}

function nominationOf(pod: Pod): string | undefined {
  return pod.spec.nodeName || hasEnded(pod) ? undefined : pod.status?.nominatedNodeName || undefined;
}

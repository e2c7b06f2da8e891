/**
 * The snapshot: every node, and what is requested of it. The scheduler decides over this alone, without asking the store, so that
 * placing a pod costs the same whether there are ten pods or fifty thousand. It is built from the store once and kept up
 * to date by each change; there is nothing in it that could not be built again.
 *
 * A pod counts from its binding until its phase is terminal or its object is gone, whichever comes first: what has ended
 * takes no room, even while its object stays.
 */
import { hasEnded, type Node, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { NodeEntry, type NodeInfo } from "./node-info.ts";

export class Snapshot {
  /** By the name of the node. */
  readonly #entries = new Map<string, NodeEntry>();
  /** Every pod that counts, as it is counted, by uid. */
  readonly #counted = new Map<string, { readonly pod: Pod; readonly entry: NodeEntry }>();
  /** Those of them that keep others away (a required anti-affinity), by uid. */
  readonly #podsWithAntiAffinity = new Set<string>();
  #nodeInfos: readonly NodeInfo[] | undefined;

  /** Takes in what there is; after that, `apply` takes in what changes. */
  fill(nodes: readonly Node[], pods: readonly Pod[]): void {
    for (const node of nodes) this.#setNode(node.metadata.name, node);
    for (const pod of pods) this.#setPod(pod.metadata.uid, pod);
  }

  apply({ type, key, object }: Change): void {
    const isGone = type === "DELETED";
    if (key.kind === "Node") this.#setNode(key.name, isGone ? undefined : (object as Node));
    if (key.kind === "Pod") this.#setPod(object.metadata.uid, isGone ? undefined : (object as Pod));
  }

  /** Every node that is there. */
  get nodeInfos(): readonly NodeInfo[] {
    this.#nodeInfos ??= [...this.#entries.values()].filter(entry => entry.hasNode());
    return this.#nodeInfos;
  }

  /** The pods that keep others away, each with its node. */
  *podsWithAntiAffinity(): Iterable<{ readonly pod: Pod; readonly nodeInfo: NodeInfo }> {
    for (const uid of this.#podsWithAntiAffinity) {
      const counted = this.#counted.get(uid);
      if (counted?.entry.hasNode()) yield { pod: counted.pod, nodeInfo: counted.entry };
    }
  }

  #setNode(name: string, node: Node | undefined): void {
    this.#entryOf(name).set(node);
    this.#nodeInfos = undefined;
  }

  #setPod(uid: string, pod: Pod | undefined): void {
    const before = this.#counted.get(uid);
    const nodeName = pod && !hasEnded(pod) ? pod.spec.nodeName : undefined;
    if (before) {
      before.entry.remove(before.pod);
      this.#counted.delete(uid);
      this.#podsWithAntiAffinity.delete(uid);
    }
    if (pod && nodeName) {
      const entry = this.#entryOf(nodeName);
      entry.add(pod);
      this.#counted.set(uid, { pod, entry });
      if (keepsOthersAway(pod)) this.#podsWithAntiAffinity.add(uid);
    }
  }

  #entryOf(nodeName: string): NodeEntry {
    let entry = this.#entries.get(nodeName);
    if (!entry) {
      entry = new NodeEntry();
      this.#entries.set(nodeName, entry);
    }
    return entry;
  }
}

function keepsOthersAway({ spec }: Pod): boolean {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
}

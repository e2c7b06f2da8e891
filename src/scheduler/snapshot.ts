/**
 * The snapshot: every node, and what is taken of it. The scheduler decides over this alone, without asking the store, so that
 * placing a pod costs the same whether there are ten pods or fifty thousand. It is built from the store once and kept up
 * to date by each change; there is nothing in it that could not be built again.
 *
 * A pod counts from its binding until its phase is terminal or its object is gone, whichever comes first: what has ended
 * takes no room, even while its object stays.
 */
import { hasEnded, isSame, type Node, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { Ledger, type Place } from "./place.ts";

export class Snapshot {
  /** By the name of the node. */
  readonly #ledgers = new Map<string, Ledger>();
  /** Every pod that counts, as it is counted, by uid. */
  readonly #counted = new Map<string, { readonly pod: Pod; readonly ledger: Ledger }>();
  /** Those of them that keep others away (a required anti-affinity), by uid. */
  readonly #loners = new Set<string>();
  #places: readonly Place[] | undefined;

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
  get places(): readonly Place[] {
    this.#places ??= [...this.#ledgers.values()].filter(ledger => ledger.isPlace());
    return this.#places;
  }

  /** The pods that keep others away, each with the place where it is. */
  *loners(): Iterable<{ readonly pod: Pod; readonly place: Place }> {
    for (const uid of this.#loners) {
      const counted = this.#counted.get(uid);
      if (counted?.ledger.isPlace()) yield { pod: counted.pod, place: counted.ledger };
    }
  }

  #setNode(name: string, node: Node | undefined): void {
    this.#ledgerOf(name).set(node);
    this.#places = undefined;
  }

  #setPod(uid: string, pod: Pod | undefined): void {
    const before = this.#counted.get(uid);
    const nodeName = pod && !hasEnded(pod) ? pod.spec.nodeName : undefined;
    if (before) {
      before.ledger.remove(before.pod);
      this.#counted.delete(uid);
      this.#loners.delete(uid);
    }
    if (pod && nodeName) {
      const ledger = this.#ledgerOf(nodeName);
      ledger.add(pod);
      this.#counted.set(uid, { pod, ledger });
      if (keepsOthersAway(pod)) this.#loners.add(uid);
    }
  }

  #ledgerOf(nodeName: string): Ledger {
    let ledger = this.#ledgers.get(nodeName);
    if (!ledger) {
      ledger = new Ledger();
      this.#ledgers.set(nodeName, ledger);
    }
    return ledger;
  }
}

/** Whether the change may let a pod fit that did not: a pod gave back its room, or a node came or became another. */
export function bringsHope({ type, key, object, previous }: Change): boolean {
  if (key.kind === "Pod") {
    const tookRoom = previous !== undefined && takesRoom(previous as Pod);
    return tookRoom && (type === "DELETED" || !takesRoom(object as Pod));
  }
  if (key.kind !== "Node" || type === "DELETED") return false;
  const before = previous as Node | undefined;
  const node = object as Node;
  // A heartbeat is no reason to hope.
  return (
    before?.spec !== node.spec ||
    before?.metadata.labels !== node.metadata.labels ||
    !isSame(before?.status?.allocatable, node.status?.allocatable)
  );
}

/** Bound, and not ended. */
function takesRoom(pod: Pod): boolean {
  return pod.spec.nodeName !== undefined && !hasEnded(pod);
}

function keepsOthersAway({ spec }: Pod): boolean {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
}

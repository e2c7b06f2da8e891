/**
 * A place: a node, and what is taken of it. Filters and scores read places; only the snapshot writes them, through the
 * ledger that it keeps for each node.
 */
import { controllerOf, type Node, type Pod } from "../resources/index.ts";
import { type Amounts, capacityOf, minus, nothing, plus, requestsOf } from "./requests.ts";

export interface Place {
  readonly node: Node;
  readonly capacity: Amounts;
  readonly taken: Amounts;
  /** The pods that count, by uid. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** How many of them each controller has in charge, by its uid. */
  readonly siblings: ReadonlyMap<string, number>;
}

/** Keeps the sums of one node right. It may be there before its node, when pods are bound to a node that is to come. */
export class Ledger {
  node: Node | undefined;
  capacity = nothing;
  taken = nothing;
  readonly pods = new Map<string, Pod>();
  readonly siblings = new Map<string, number>();

  /** The node as it is now; undefined when it is gone. */
  set(node: Node | undefined): void {
    this.node = node;
    this.capacity = node ? capacityOf(node) : nothing;
  }

  add(pod: Pod): void {
    this.pods.set(pod.metadata.uid, pod);
    this.taken = plus(this.taken, requestsOf(pod));
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined) this.siblings.set(owner, (this.siblings.get(owner) ?? 0) + 1);
  }

  remove(pod: Pod): void {
    this.pods.delete(pod.metadata.uid);
    this.taken = minus(this.taken, requestsOf(pod));
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined) return;
    const left = (this.siblings.get(owner) ?? 0) - 1;
    if (left > 0) this.siblings.set(owner, left);
    else this.siblings.delete(owner);
  }

  /** Whether a pod can be placed here. */
  isPlace(): this is Ledger & Place {
    return this.node !== undefined;
  }
}

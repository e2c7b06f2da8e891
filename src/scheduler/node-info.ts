/**
 * NodeInfo: a node, and what the pods on it request. Plugins read it; only the snapshot writes it, through the entry that it
 * keeps for each node.
 */
import { controllerOf, type Node, type Pod } from "../resources/index.ts";
import { type Amounts, allocatableOf, minus, nothing, plus, requestsOf } from "./requests.ts";

export interface NodeInfo {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  /** The pods that count, by uid. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** How many of them each controller has in charge, by its uid. */
  readonly siblings: ReadonlyMap<string, number>;
}

/** Keeps the sums of one node right. It may be there before its node, when pods are bound to a node that is to come. */
export class NodeEntry {
  node: Node | undefined;
  allocatable = nothing;
  requested = nothing;
  readonly pods = new Map<string, Pod>();
  readonly siblings = new Map<string, number>();

  /** The node as it is now; undefined when it is gone. */
  set(node: Node | undefined): void {
    this.node = node;
    this.allocatable = node ? allocatableOf(node) : nothing;
  }

  add(pod: Pod): void {
    this.pods.set(pod.metadata.uid, pod);
    this.requested = plus(this.requested, requestsOf(pod));
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined) this.siblings.set(owner, (this.siblings.get(owner) ?? 0) + 1);
  }

  remove(pod: Pod): void {
    this.pods.delete(pod.metadata.uid);
    this.requested = minus(this.requested, requestsOf(pod));
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined) return;
    const left = (this.siblings.get(owner) ?? 0) - 1;
    if (left > 0) this.siblings.set(owner, left);
    else this.siblings.delete(owner);
  }

  /** Whether the node is there, so that a pod can be bound to it. */
  hasNode(): this is NodeEntry & NodeInfo {
    return this.node !== undefined;
  }
}

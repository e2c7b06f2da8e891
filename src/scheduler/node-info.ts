/**
 * NodeInfo: a node, and what the pods on it take of it. Plugins read it; only the snapshot writes it, through the entry that it
 * keeps for each node.
 */
import {
  type ContainerPort,
  hostPortsOf,
  isSame,
  type Labels,
  type Node,
  type Pod,
} from "../resources/index.ts";
import { hasClaims } from "./claims.ts";
import type { AmountsOfNodes } from "./node-amounts.ts";
import {
  type Amounts,
  allocatableOf,
  isSameAmount,
  minus,
  nothing,
  plus,
  requestsOf,
  scoredRequestsOf,
} from "./requests.ts";

export interface NodeInfo {
  /** Its place in what the snapshot keeps of all nodes side by side (`amounts`). */
  readonly index: number;
  readonly node: Node;
  /** The node's labels. They stand here as well because they are asked for more often than all else. */
  readonly labels: Labels | undefined;
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  /** The same as it counts for scores: containers that request nothing are taken to need a little. */
  readonly scored: Amounts;
  /** Another number whenever something on the node has changed. */
  readonly generation: number;
  /** The pods that count, by uid. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** The ports of the node that they take, by the uid of the pod; those that take none are not in it. */
  readonly hostPorts: ReadonlyMap<string, readonly ContainerPort[]>;
}

/** What a pod takes of its node: asked of the pod once, because preemption lets pods come and go by the thousand. */
export interface Taken {
  readonly requested: Amounts;
  readonly scored: Amounts;
  readonly hostPorts: readonly ContainerPort[];
  readonly hasClaims: boolean;
}

export function takenBy(pod: Pod): Taken {
  const requested = requestsOf(pod);
  const scored = scoredRequestsOf(pod);
  // They are one where every container requests processor time and memory: as for most pods.
  const isOne = isSameAmount(scored, requested);
  return {
    requested,
    scored: isOne ? requested : scored,
    hostPorts: hostPortsOf(pod),
    hasClaims: hasClaims(pod),
  };
}

export function takeTheSame(one: Taken, other: Taken): boolean {
  return (
    one.hasClaims === other.hasClaims &&
    isSameAmount(one.requested, other.requested) &&
    isSameAmount(one.scored, other.scored) &&
    isSame(one.hostPorts, other.hostPorts)
  );
}

/** Whether nothing differs between the two that plugins count by. Most writes of a pod are reports of its containers. */
export function countsAsBefore(pod: Pod, before: Pod): boolean {
  return (
    pod.spec === before.spec &&
    pod.metadata.labels === before.metadata.labels &&
    pod.metadata.deletionTimestamp === before.metadata.deletionTimestamp &&
    pod.metadata.ownerReferences === before.metadata.ownerReferences &&
    isSame(allocatedOf(pod), allocatedOf(before))
  );
}

function allocatedOf({ status }: Pod): unknown {
  if (!status?.containerStatuses?.some(({ allocatedResources }) => allocatedResources)) return undefined;
  return status.containerStatuses.map(({ allocatedResources }) => allocatedResources ?? null);
}

/** Keeps the sums of one node right. It may be there before its node, when pods are bound to a node that is to come. */
export class NodeEntry {
  readonly index: number;
  readonly #amounts: AmountsOfNodes;
  node: Node | undefined;
  labels: Labels | undefined;
  allocatable = nothing;
  requested = nothing;
  scored = nothing;
  generation = 0;
  readonly pods = new Map<string, Pod>();
  readonly hostPorts = new Map<string, readonly ContainerPort[]>();

  constructor(index: number, amounts: AmountsOfNodes) {
    this.index = index;
    this.#amounts = amounts;
    amounts.allocatable.set(index, nothing);
    this.#write();
  }

  /** The node as it is now; undefined when it is gone. */
  set(node: Node | undefined): void {
    this.node = node;
    this.labels = node?.metadata.labels;
    this.allocatable = node ? allocatableOf(node) : nothing;
    this.#amounts.allocatable.set(this.index, this.allocatable);
    this.#write();
  }

  add(pod: Pod, { requested, scored, hostPorts }: Taken): void {
    const { uid } = pod.metadata;
    this.pods.set(uid, pod);
    // For most pods both are one object: then the sums are, too.
    const isOne = this.requested === this.scored && requested === scored;
    this.requested = plus(this.requested, requested);
    this.scored = isOne ? this.requested : plus(this.scored, scored);
    if (hostPorts.length > 0) this.hostPorts.set(uid, hostPorts);
    this.#write();
  }

  remove(uid: string, { requested, scored }: Taken): void {
    this.pods.delete(uid);
    const isOne = this.requested === this.scored && requested === scored;
    this.requested = minus(this.requested, requested);
    this.scored = isOne ? this.requested : minus(this.scored, scored);
    if (this.hostPorts.size > 0) this.hostPorts.delete(uid);
    this.#write();
  }

  /** Something has changed. */
  #write(): void {
    this.generation = ++this.#amounts.writes;
    this.#amounts.requested.set(this.index, this.requested);
    this.#amounts.scored.set(this.index, this.scored);
  }

  /** Whether the node is there, so that a pod can be bound to it. */
  hasNode(): this is NodeEntry & NodeInfo {
    return this.node !== undefined;
  }
}

/** Which domain of a topology the node is in: its value of the label. */
export function domainOf(
  { labels }: { readonly labels: Labels | undefined },
  topologyKey: string,
): string | undefined {
  const value: unknown = labels?.[topologyKey];
  // A label may be called like what every object has, `constructor`: none of that is a text.
  return typeof value === "string" ? value : undefined;
}

/**
 * The snapshot: every node, and what the pods on it take. The scheduler decides over this alone, so that placing a pod costs
 * the same whether there are ten pods or fifty thousand. It is built from the store once and kept up to date by each change; there
 * is nothing in it that could not be built again.
 *
 * A pod counts from its binding until its phase is terminal or its object is gone, whichever comes first: what has ended
 * takes no room, even while its object stays. What would be if a pod were there, or were gone, is found out by changing the
 * snapshot, asking, and changing it back (`trial`): so plugins need not know of it.
 */
import { hasEnded, isSame, type Node, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { claimsOf, hasClaims } from "./claims.ts";
import { Domains } from "./domains.ts";
import { HeldTerms } from "./held-terms.ts";
import { LabelIndex } from "./label-index.ts";
import { AmountsOfNodes } from "./node-amounts.ts";
import {
  NodeEntry,
  type NodeInfo,
  type NodeTrait,
  nodeTraits,
  type Taken,
  takenBy,
  takeTheSame,
} from "./node-info.ts";
import type { NamespaceLabels, PodSelection } from "./pod-selection.ts";
import { nothing } from "./requests.ts";
import { Tally } from "./tally.ts";

/**
 * How many selections are counted at the same time; those asked for longest ago are forgotten. A cluster has as many as it has
 * workloads that spread: fewer than this, or each of their pods would cost a count of all.
 */
const mostCounted = 20_000;

const nobody: readonly Nominated[] = [];

interface Counted {
  readonly selection: PodSelection;
  readonly tally: Tally;
}

interface PlacedPod {
  readonly pod: Pod;
  readonly entry: NodeEntry;
  readonly taken: Taken;
}

/** A pod without a node that was promised one, and what it will take there. */
interface Nominated {
  readonly pod: Pod;
  readonly taken: Taken;
}

/** Pods of one node that come and go for as long as something is tried. */
export interface Trial {
  /** `taken`: what it takes, where that is known already. */
  add(pod: Pod, taken?: Taken): void;
  /** A pod of the node, or one that was added. */
  remove(pod: Pod): void;
}

export class Snapshot {
  /** By the name of the node. */
  readonly #entries = new Map<string, NodeEntry>();
  /** Every pod that counts, as it is counted, by uid. */
  readonly #placed = new Map<string, PlacedPod>();
  /** Pods without a node that were promised one, by its name. */
  readonly #nominated = new Map<string, readonly Nominated[]>();
  /** What the nodes have and what is taken of it, as numbers by the index of each NodeInfo. */
  readonly amounts = new AmountsOfNodes();
  readonly #held: HeldTerms;
  /** How many of the pods that count use a claim, by its namespace and name. */
  readonly #usersOfClaims = new Map<string, number>();
  /** What was asked for, by its key. */
  readonly #counted = new Map<string, Counted>();
  readonly #countedByLabel = new LabelIndex<Counted>();
  /** How many nodes have each trait. */
  readonly #traits = new Map<NodeTrait, number>();
  /** By the key of a topology: its domains, as far as they were asked for. */
  readonly #domains = new Map<string, Domains>();
  #lastTaken: Taken = { requested: nothing, scored: nothing, hostPorts: [] };
  #nodeInfos: readonly NodeInfo[] | undefined;
  #revision = 0;
  /** The indexes of entries that are gone; the next nodes get them. */
  readonly #freeIndexes: number[] = [];

  constructor(labelsOf: NamespaceLabels = () => undefined) {
    this.#held = new HeldTerms(labelsOf);
  }

  /** Takes in what there is; after that, `apply` takes in what changes. */
  fill(nodes: readonly Node[], pods: readonly Pod[]): void {
    for (const node of nodes) this.#setNode(node.metadata.name, node);
    for (const pod of pods) {
      this.#setPod(pod.metadata.uid, pod);
      this.#setNomination(undefined, pod);
    }
  }

  apply({ type, key, object, previous }: Change): void {
    const isGone = type === "DELETED";
    if (key.kind === "Node") this.#setNode(key.name, isGone ? undefined : (object as Node));
    if (key.kind === "Pod") {
      this.#setPod(object.metadata.uid, isGone ? undefined : (object as Pod));
      this.#setNomination(previous as Pod | undefined, isGone ? undefined : (object as Pod));
    }
    if (key.kind === "Namespace" && previous?.metadata.labels !== object.metadata.labels)
      this.#forgetSelectionsByNamespace();
  }

  /** How often a pod came or went: what was counted at another number may be another by now. */
  get revision(): number {
    return this.#revision;
  }

  /** Every node that is there. */
  get nodeInfos(): readonly NodeInfo[] {
    this.#nodeInfos ??= [...this.#entries.values()].filter(entry => entry.hasNode());
    return this.#nodeInfos;
  }

  nodeInfo(name: string): NodeInfo | undefined {
    const entry = this.#entries.get(name);
    return entry?.hasNode() ? entry : undefined;
  }

  /** Whether any node has the trait. */
  hasAny(trait: NodeTrait): boolean {
    return (this.#traits.get(trait) ?? 0) > 0;
  }

  /** The domains of this topology, as they are now. */
  domainsOf(topologyKey: string): Domains {
    let domains = this.#domains.get(topologyKey);
    if (!domains) {
      domains = new Domains(topologyKey, this.nodeInfos, this.#entries.size + this.#freeIndexes.length);
      this.#domains.set(topologyKey, domains);
    }
    return domains;
  }

  /** Which domain of a topology the node is in. */
  domainOf(nodeInfo: NodeInfo, topologyKey: string): string | undefined {
    return this.domainsOf(topologyKey).of(nodeInfo);
  }

  /** The terms of affinity that placed pods hold. */
  get held(): Pick<HeldTerms, "about"> {
    return this.#held;
  }

  /** Where the pods are that are selected; kept up to date from now on. */
  tallyOf(selection: PodSelection): Tally {
    const known = this.#counted.get(selection.key);
    if (known) {
      // It is the last again that would be forgotten.
      this.#counted.delete(selection.key);
      this.#counted.set(selection.key, known);
      return known.tally;
    }
    if (this.#counted.size >= mostCounted) this.#forgetOldest();
    const tally = new Tally();
    for (const { pod, entry } of this.#placed.values()) if (selection.matches(pod)) tally.add(entry, 1);
    const counted = { selection, tally };
    this.#counted.set(selection.key, counted);
    this.#countedByLabel.add(selection.label, counted);
    return tally;
  }

  /** Whether a pod that counts uses the claim, on whichever node. */
  isClaimUsed(namespace: string, name: string): boolean {
    return this.#usersOfClaims.has(claimKey(namespace, name));
  }

  /** The pods that were promised the node and are not on it yet. */
  nominatedOn({ node }: NodeInfo): readonly Nominated[] {
    return this.#nominated.get(node.metadata.name) ?? nobody;
  }

  get hasNominated(): boolean {
    return this.#nominated.size > 0;
  }

  /** What `ask` finds while it lets pods of the node come and go. After it all is as it was before. */
  trial<T>(nodeInfo: NodeInfo, ask: (trial: Trial) => T): T {
    const entry = this.#entryOf(nodeInfo.node.metadata.name);
    const added = new Map<string, PlacedPod>();
    const removed = new Map<string, PlacedPod>();
    const add = (placed: PlacedPod) => this.#add(placed);
    const remove = (placed: PlacedPod) => this.#remove(placed);
    const trial: Trial = {
      add: (pod, taken) => {
        const { uid } = pod.metadata;
        const placed = removed.get(uid) ?? { pod, entry, taken: taken ?? takenBy(pod) };
        if (!removed.delete(uid)) added.set(uid, placed);
        add(placed);
      },
      remove: ({ metadata: { uid } }) => {
        const placed = added.get(uid) ?? this.#placed.get(uid);
        if (!placed || removed.has(uid)) return;
        if (!added.delete(uid)) removed.set(uid, placed);
        remove(placed);
      },
    };
    try {
      return ask(trial);
    } finally {
      added.forEach(remove);
      removed.forEach(add);
    }
  }

  #setNode(name: string, node: Node | undefined): void {
    const entry = this.#entryOf(name);
    const before = entry.node;
    entry.set(node);
    this.#countTraits(before, -1);
    this.#countTraits(node, 1);
    if (!before || !node) this.#nodeInfos = undefined;
    this.#forgetIfEmpty(name);
    if (before?.metadata.labels === node?.metadata.labels && before && node) return;
    this.#domains.clear();
    for (const { tally } of this.#counted.values()) tally.forgetDomains();
    this.#held.forgetDomains();
  }

  #countTraits(node: Node | undefined, amount: number): void {
    if (!node) return;
    for (const trait of Object.keys(nodeTraits) as NodeTrait[])
      if (nodeTraits[trait](node)) this.#traits.set(trait, (this.#traits.get(trait) ?? 0) + amount);
  }

  #setPod(uid: string, pod: Pod | undefined): void {
    const before = this.#placed.get(uid);
    const nodeName = pod && !hasEnded(pod) ? pod.spec.nodeName : undefined;
    if (before && pod && nodeName && countsAsBefore(pod, before.pod)) {
      before.entry.pods.set(uid, pod);
      this.#placed.set(uid, { ...before, pod });
      return;
    }
    if (before) {
      this.#remove(before);
      this.#placed.delete(uid);
      if (before.pod.spec.nodeName) this.#forgetIfEmpty(before.pod.spec.nodeName);
    }
    if (pod && nodeName) {
      const placed = { pod, entry: this.#entryOf(nodeName), taken: this.#takenBy(pod) };
      this.#add(placed);
      this.#placed.set(uid, placed);
    }
  }

  /** Pods that come one after another mostly take the same: they share one object. There may be a hundred thousand of them. */
  #takenBy(pod: Pod): Taken {
    const taken = takenBy(pod);
    if (!takeTheSame(taken, this.#lastTaken)) this.#lastTaken = taken;
    return this.#lastTaken;
  }

  #add({ pod, entry, taken }: PlacedPod): void {
    this.#revision++;
    entry.add(pod, taken);
    this.#held.add(pod, entry);
    this.#countClaims(pod, 1);
    for (const { selection, tally } of this.#countedByLabel.about(pod.metadata.labels))
      if (selection.matches(pod)) tally.add(entry, 1);
  }

  #remove({ pod, entry, taken }: PlacedPod): void {
    this.#revision++;
    entry.remove(pod.metadata.uid, taken);
    this.#held.remove(pod, entry);
    this.#countClaims(pod, -1);
    for (const { selection, tally } of this.#countedByLabel.about(pod.metadata.labels))
      if (selection.matches(pod)) tally.add(entry, -1);
  }

  #countClaims(pod: Pod, amount: number): void {
    if (!hasClaims(pod)) return;
    for (const { name } of claimsOf(pod)) {
      const key = claimKey(pod.metadata.namespace ?? "", name);
      const users = (this.#usersOfClaims.get(key) ?? 0) + amount;
      if (users === 0) this.#usersOfClaims.delete(key);
      else this.#usersOfClaims.set(key, users);
    }
  }

  #setNomination(before: Pod | undefined, pod: Pod | undefined): void {
    const nominatedBefore = before && nominationOf(before);
    const nominated = pod && nominationOf(pod);
    if (before && nominatedBefore !== undefined) {
      const others = this.#nominatedWithout(nominatedBefore, before);
      if (others.length > 0) this.#nominated.set(nominatedBefore, others);
      else this.#nominated.delete(nominatedBefore);
    }
    if (pod && nominated !== undefined) {
      const others = this.#nominatedWithout(nominated, pod);
      this.#nominated.set(nominated, [...others, { pod, taken: this.#takenBy(pod) }]);
    }
  }

  #nominatedWithout(nodeName: string, { metadata: { uid } }: Pod): readonly Nominated[] {
    return (this.#nominated.get(nodeName) ?? nobody).filter(({ pod }) => pod.metadata.uid !== uid);
  }

  #forgetOldest(): void {
    let tooMany = mostCounted / 10;
    for (const [key, counted] of this.#counted) {
      this.#counted.delete(key);
      this.#countedByLabel.delete(counted.selection.label, counted);
      tooMany -= 1;
      if (tooMany <= 0) return;
    }
  }

  /** A namespace has other labels: what was selected by them is another. Held terms ask for them each time. */
  #forgetSelectionsByNamespace(): void {
    for (const [key, counted] of this.#counted) {
      if (!counted.selection.asksForNamespaces) continue;
      this.#counted.delete(key);
      this.#countedByLabel.delete(counted.selection.label, counted);
    }
  }

  /** An entry without a node is kept as long as pods name it: any user may name a node that never comes. */
  #forgetIfEmpty(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry || entry.hasNode() || entry.pods.size > 0) return;
    this.#entries.delete(name);
    this.#freeIndexes.push(entry.index);
  }

  #entryOf(nodeName: string): NodeEntry {
    let entry = this.#entries.get(nodeName);
    if (!entry) {
      entry = new NodeEntry(this.#freeIndexes.pop() ?? this.#entries.size, this.amounts);
      this.#entries.set(nodeName, entry);
    }
    return entry;
  }
}

function claimKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** The node that a pod without one was promised. */
function nominationOf(pod: Pod): string | undefined {
  return pod.spec.nodeName || hasEnded(pod) ? undefined : pod.status?.nominatedNodeName || undefined;
}

/** Whether nothing differs between the two that plugins count by. Most writes of a pod are reports of its containers. */
function countsAsBefore(pod: Pod, before: Pod): boolean {
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

/**
 * The snapshot: every node, and what the pods on it take. The scheduler decides over this alone, so that placing a pod costs
 * the same whether there are ten pods or fifty thousand. It is built from the store once and kept up to date by each change; there
 * is nothing in it that could not be built again.
 *
 * A pod counts from its binding until its phase is terminal or its object is gone, whichever comes first: what has ended
 * takes no room, even while its object stays. What would be if a pod were there, or were gone, is found out by changing the
 * snapshot, asking, and changing it back (`trial`): so plugins need not know of it.
 */
import { hasEnded, type Node, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { ClaimUsers } from "./claim-users.ts";
import { Domains } from "./domains.ts";
import { HeldTerms } from "./held-terms.ts";
import { AmountsOfNodes } from "./node-amounts.ts";
import { countsAsBefore, NodeEntry, type NodeInfo, type Taken, takenBy, takeTheSame } from "./node-info.ts";
import { type NodeTrait, NodeTraits } from "./node-traits.ts";
import { type Nominated, Nominations } from "./nominations.ts";
import type { NamespaceLabels, PodSelection } from "./pod-selection.ts";
import { nothing } from "./requests.ts";
import { Tallies } from "./tallies.ts";
import type { Tally } from "./tally.ts";

interface PlacedPod {
  readonly pod: Pod;
  readonly entry: NodeEntry;
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
  readonly #nominations = new Nominations();
  /** What the nodes have and what is taken of it, as numbers by the index of each NodeInfo. */
  readonly amounts = new AmountsOfNodes();
  readonly #held: HeldTerms;
  readonly #claimUsers = new ClaimUsers();
  readonly #tallies = new Tallies();
  readonly #traits = new NodeTraits();
  /** By the key of a topology: its domains, as far as they were asked for. */
  readonly #domains = new Map<string, Domains>();
  #lastTaken: Taken = { requested: nothing, scored: nothing, hostPorts: [], hasClaims: false };
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
      this.#nominate(undefined, pod);
    }
  }

  apply({ type, key, object, previous }: Change): void {
    const isGone = type === "DELETED";
    if (key.kind === "Node") this.#setNode(key.name, isGone ? undefined : (object as Node));
    if (key.kind === "Pod") {
      this.#setPod(object.metadata.uid, isGone ? undefined : (object as Pod));
      this.#nominate(previous as Pod | undefined, isGone ? undefined : (object as Pod));
    }
    if (key.kind === "Namespace" && previous?.metadata.labels !== object.metadata.labels)
      this.#tallies.forgetSelectionsByNamespace();
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

  /** Whether the node is there still: a NodeInfo that somebody holds, and waits meanwhile, outlives its node. */
  isThere({ node }: NodeInfo): boolean {
    return node !== undefined;
  }

  /** Whether any node has the trait. */
  hasAny(trait: NodeTrait): boolean {
    return this.#traits.hasAny(trait);
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
    return this.#tallies.of(selection, () => this.#placed.values());
  }

  /** Whether a pod that counts uses the claim, on whichever node. */
  isClaimUsed(namespace: string, name: string): boolean {
    return this.#claimUsers.areThere(namespace, name);
  }

  /** The pods that were promised the node and are not on it yet. */
  nominatedOn({ node }: NodeInfo): readonly Nominated[] {
    return this.#nominations.on(node.metadata.name);
  }

  get hasNominated(): boolean {
    return !this.#nominations.isEmpty;
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
    this.#traits.count(before, -1);
    this.#traits.count(node, 1);
    if (!before || !node) this.#nodeInfos = undefined;
    this.#forgetIfEmpty(name);
    if (before?.metadata.labels === node?.metadata.labels && before && node) return;
    this.#domains.clear();
    this.#tallies.forgetDomains();
    this.#held.forgetDomains();
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

  #add(placed: PlacedPod): void {
    const { pod, entry, taken } = placed;
    this.#revision++;
    entry.add(pod, taken);
    this.#held.add(pod, entry);
    if (taken.hasClaims) this.#claimUsers.count(pod, 1);
    this.#tallies.count(placed, 1);
  }

  #remove(placed: PlacedPod): void {
    const { pod, entry, taken } = placed;
    this.#revision++;
    entry.remove(pod.metadata.uid, taken);
    this.#held.remove(pod, entry);
    if (taken.hasClaims) this.#claimUsers.count(pod, -1);
    this.#tallies.count(placed, -1);
  }

  #nominate(before: Pod | undefined, pod: Pod | undefined): void {
    this.#nominations.set(before, pod, each => this.#takenBy(each));
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

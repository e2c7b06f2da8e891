/**
 * PodTopologySpread: no domain of a topology may be ahead of the emptiest by more than `maxSkew` pods of a sort. DoNotSchedule makes
 * that a filter, ScheduleAnyway a score. Nodes that the pod would not go to anyway (`nodeAffinityPolicy`, `nodeTaintsPolicy`)
 * make no domain. A pod that has no constraints gets those of the profile: by default its siblings are spread over nodes
 * and zones, as a preference.
 */
import {
  isSuited,
  type LabelSelector,
  type Node,
  type Pod,
  type TopologySpreadConstraint,
} from "../../resources/index.ts";
import {
  type Filter,
  hint,
  type Look,
  maxScore,
  type Plugin,
  type Refusal,
  type Scorer,
} from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { type PodSelection, spreadWith, withLabelsOf } from "../pod-selection.ts";
import type { Tally } from "../tally.ts";
import { siblingsOf } from "./default-selector.ts";
import { keepsAway } from "./taint-toleration.ts";

const uneven: Refusal = { reasons: ["node(s) didn't match pod topology spread constraints"], isFinal: false };
const nowhere: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  isFinal: true,
};
const hostname = "kubernetes.io/hostname";

type DefaultConstraint = Omit<TopologySpreadConstraint, "labelSelector">;

export interface PodTopologySpreadArgs {
  /** `System`, the default, is what is below; `List` is `defaultConstraints`. */
  readonly defaultingType?: "System" | "List";
  readonly defaultConstraints?: readonly DefaultConstraint[];
}

const systemConstraints: readonly DefaultConstraint[] = [
  { topologyKey: hostname, maxSkew: 3, whenUnsatisfiable: "ScheduleAnyway" },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5, whenUnsatisfiable: "ScheduleAnyway" },
];

export function podTopologySpread(args: PodTopologySpreadArgs = {}): Plugin {
  const isSystem = (args.defaultingType ?? "System") === "System";
  const defaults = isSystem ? systemConstraints : (args.defaultConstraints ?? []);
  return {
    name: "PodTopologySpread",
    preFilter(pod, handle) {
      const constraints = constraintsOf(pod, "DoNotSchedule", defaults, handle);
      return constraints.length === 0 ? undefined : { filter: evenly(constraints, pod, handle) };
    },
    preScore(pod, nodeInfos, handle) {
      const constraints = constraintsOf(pod, "ScheduleAnyway", defaults, handle);
      if (constraints.length === 0) return undefined;
      // Without a zone a node can still be spread over by its name, where the pod did not ask for zones.
      const needsAll = hasOwn(pod) || !isSystem;
      return evenness(constraints, pod, nodeInfos, needsAll, handle);
    },
    hints: [
      hint("Pod", (pod, { type, object: other, previous: before }) => {
        if (other.metadata.namespace !== pod.metadata.namespace) return false;
        return (
          type !== "MODIFIED" ||
          before?.spec.nodeName !== other.spec.nodeName ||
          before?.metadata.labels !== other.metadata.labels ||
          before?.metadata.deletionTimestamp !== other.metadata.deletionTimestamp ||
          before?.status?.phase !== other.status?.phase
        );
      }),
      hint("Node", (_, { object, previous }) => {
        const hasOtherLabels = previous?.metadata.labels !== object.metadata.labels;
        return hasOtherLabels || previous?.spec?.taints !== object.spec?.taints;
      }),
    ],
  };
}

interface Constraint extends DefaultConstraint {
  readonly selection: PodSelection;
  readonly tally: Tally;
}

function hasOwn({ spec }: Pod): boolean {
  return (spec.topologySpreadConstraints?.length ?? 0) > 0;
}

function constraintsOf(
  pod: Pod,
  action: TopologySpreadConstraint["whenUnsatisfiable"],
  defaults: readonly DefaultConstraint[],
  handle: Look,
): Constraint[] {
  const { snapshot } = handle;
  const { namespace = "", labels } = pod.metadata;
  const isMeant = ({ whenUnsatisfiable }: DefaultConstraint) => whenUnsatisfiable === action;
  if (hasOwn(pod))
    return (pod.spec.topologySpreadConstraints ?? []).filter(isMeant).map(constraint => {
      const selection = spreadWith(namespace, selectorOf(constraint, labels));
      return { ...constraint, selection, tally: snapshot.tallyOf(selection) };
    });
  const meant = defaults.filter(isMeant);
  const selection = meant.length > 0 ? siblingsOf(pod, handle) : undefined;
  return selection
    ? meant.map(constraint => ({ ...constraint, selection, tally: snapshot.tallyOf(selection) }))
    : [];
}

function selectorOf(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  labels: Pod["metadata"]["labels"],
): LabelSelector | undefined {
  return labelSelector && withLabelsOf(labelSelector, labels, matchLabelKeys);
}

/** The domains of a constraint, and how many pods each has. */
interface Domains {
  readonly counts: ReadonlyMap<string, number>;
  /** How many domains there are, those without pods included. */
  readonly size: number;
}

function evenly(constraints: readonly Constraint[], pod: Pod, { snapshot }: Look): Filter {
  const asked = constraints.map(constraint => ({
    ...constraint,
    own: constraint.selection.matches(pod) ? 1 : 0,
    ...{ counts: constraint.tally.byDomain(constraint.topologyKey), fewest: 0 },
  }));
  let countedAt = -1;
  const count = () => {
    countedAt = snapshot.revision;
    for (const each of asked) {
      const { counts, size } = domainsFor(each, constraints, pod, snapshot);
      each.counts = counts;
      each.fewest = size < (each.minDomains ?? 1) || size > counts.size ? 0 : lowestOf(counts);
    }
  };
  return nodeInfo => {
    // Preemption asks what would be if pods were gone.
    if (countedAt !== snapshot.revision) count();
    for (const { topologyKey, counts, own, fewest, maxSkew } of asked) {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain === undefined) return nowhere;
      if ((counts.get(domain) ?? 0) + own - fewest > maxSkew) return uneven;
    }
    return undefined;
  };
}

function lowestOf(counts: ReadonlyMap<string, number>): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const count of counts.values()) if (count < lowest) lowest = count;
  return lowest;
}

/** Counted over the nodes that have a value for all constraints and that the constraint's policies let count. */
function domainsFor(
  constraint: Constraint,
  constraints: readonly DefaultConstraint[],
  pod: Pod,
  snapshot: Look["snapshot"],
): Domains {
  const { topologyKey, tally } = constraint;
  // The common case: every node that has the label counts, and that is counted already.
  if (constraints.length === 1 && countsAllNodes(constraint, pod))
    return { counts: tally.byDomain(topologyKey), size: snapshot.domainsOf(topologyKey).size };
  const counts = new Map<string, number>();
  for (const nodeInfo of snapshot.nodeInfos) {
    if (!constraints.every(each => snapshot.domainOf(nodeInfo, each.topologyKey) !== undefined)) continue;
    if (!countsNode(constraint, pod, nodeInfo.node)) continue;
    const domain = snapshot.domainOf(nodeInfo, topologyKey) ?? "";
    counts.set(domain, (counts.get(domain) ?? 0) + tally.on(nodeInfo));
  }
  return { counts, size: counts.size };
}

function countsAllNodes({ nodeAffinityPolicy, nodeTaintsPolicy }: DefaultConstraint, { spec }: Pod): boolean {
  const isAnywhere = !spec.nodeSelector && !spec.affinity?.nodeAffinity;
  return (isAnywhere || nodeAffinityPolicy === "Ignore") && nodeTaintsPolicy !== "Honor";
}

function countsNode(
  { nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" }: DefaultConstraint,
  pod: Pod,
  node: Node,
) {
  if (nodeAffinityPolicy === "Honor" && !isSuited(pod, node)) return false;
  return nodeTaintsPolicy === "Ignore" || !keepsAway(node, pod);
}

/** The fewer pods of the sort are in the domain of a node, the better; topologies with many domains count for more. */
function evenness(
  constraints: readonly Constraint[],
  pod: Pod,
  nodeInfos: readonly NodeInfo[],
  needsAll: boolean,
  { snapshot }: Look,
): Scorer {
  const isIgnored = (nodeInfo: NodeInfo) =>
    needsAll &&
    !constraints.every(({ topologyKey }) => snapshot.domainOf(nodeInfo, topologyKey) !== undefined);
  const scored = needsAll ? nodeInfos.filter(nodeInfo => !isIgnored(nodeInfo)) : nodeInfos;
  const asked = constraints.map(constraint => {
    const { topologyKey, maxSkew, tally } = constraint;
    const isByNode = topologyKey === hostname;
    const domains = isByNode
      ? scored.length
      : new Set(scored.map(each => snapshot.domainOf(each, topologyKey))).size;
    const relevant = needsAll ? constraints : [constraint];
    const counts = isByNode ? undefined : domainsFor(constraint, relevant, pod, snapshot).counts;
    return { topologyKey, maxSkew, tally, counts, weight: Math.log(domains + 2) };
  });
  const ignored = new Set<number>();
  nodeInfos.forEach((nodeInfo, i) => {
    if (isIgnored(nodeInfo)) ignored.add(i);
  });
  return {
    score: nodeInfo => {
      if (isIgnored(nodeInfo)) return 0;
      let score = 0;
      for (const { topologyKey, maxSkew, tally, counts, weight } of asked) {
        const domain = snapshot.domainOf(nodeInfo, topologyKey);
        if (domain === undefined) continue;
        const count = counts ? (counts.get(domain) ?? 0) : tally.on(nodeInfo);
        score += count * weight + (maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize: scores => turnRound(scores, ignored),
  };
}

function turnRound(scores: number[], ignored: ReadonlySet<number>): void {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  scores.forEach((score, i) => {
    if (ignored.has(i)) return;
    lowest = Math.min(lowest, score);
    highest = Math.max(highest, score);
  });
  scores.forEach((score, i) => {
    if (ignored.has(i)) scores[i] = 0;
    else scores[i] = highest === 0 ? maxScore : Math.trunc((maxScore * (highest + lowest - score)) / highest);
  });
}

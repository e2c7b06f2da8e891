/**
 * PodTopologySpread: no domain of a topology may be ahead of the emptiest by more than `maxSkew` pods of a sort. DoNotSchedule makes
 * that a filter, ScheduleAnyway a score. Nodes that the pod would not go to anyway (`nodeAffinityPolicy`, `nodeTaintsPolicy`)
 * make no domain. A pod that has no constraints gets those of the profile: by default its siblings are spread over nodes
 * and zones, as a preference.
 */
import { hasEnded, type Node, type Pod } from "../../resources/index.ts";
import type { Change } from "../../store/index.ts";
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
import {
  type Constraint,
  constraintsOf,
  countsNode,
  type DefaultConstraint,
  domainsFor,
  hasOwn,
  type MeantConstraint,
  meantConstraints,
} from "./spread-constraints.ts";
import { spreadRemedies } from "./spread-remedies.ts";

const uneven: Refusal = { reasons: ["node(s) didn't match pod topology spread constraints"], isFinal: false };
const nowhere: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  isFinal: true,
};
const hostname = "kubernetes.io/hostname";

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
    remedies: (pod, look) => spreadRemedies(constraintsOf(pod, "DoNotSchedule", defaults, look), pod, look),
    hints: [
      hint("Pod", (pod, change, look) =>
        isOtherwiseCounted(meantConstraints(pod, "DoNotSchedule", defaults, look), change),
      ),
      hint("Node", (pod, change, look) => {
        const constraints = meantConstraints(pod, "DoNotSchedule", defaults, look);
        return hasOtherDomains(constraints, pod, change);
      }),
    ],
  };
}

/** Whether a pod counts from now on that did not, or no more. */
function isOtherwiseCounted(
  constraints: readonly MeantConstraint[],
  { type, object: other, previous: before }: Change<Pod>,
): boolean {
  const counts = (pod: Pod | undefined, { selection }: MeantConstraint) =>
    pod?.spec.nodeName !== undefined && !hasEnded(pod) && selection.matches(pod);
  const now = type === "DELETED" ? undefined : other;
  return constraints.some(each => counts(before, each) !== counts(now, each));
}

/** Whether a node makes another domain than before, or none any more, or may be gone to by others. */
function hasOtherDomains(
  constraints: readonly MeantConstraint[],
  pod: Pod,
  { type, object, previous: before }: Change<Node>,
): boolean {
  const now = type === "DELETED" ? undefined : object;
  const domainsOf = (node: Node | undefined) => {
    const domains = constraints.map(({ topologyKey }) => node?.metadata.labels?.[topologyKey]);
    return domains.includes(undefined) ? "" : JSON.stringify(domains);
  };
  if (domainsOf(before) !== domainsOf(now)) return true;
  if (!before || !now || domainsOf(now) === "") return false;
  return constraints.some(each => countsNode(each, pod, before) !== countsNode(each, pod, now));
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

/**
 * Topology spread constraints as PodTopologySpread asks for them: those of the pod, or those that its profile brings along, each
 * with the pods that it is about; and how many of these each domain has.
 */
import {
  isSuited,
  type LabelSelector,
  type Node,
  type Pod,
  type TopologySpreadConstraint,
} from "../../resources/index.ts";
import type { Look } from "../framework.ts";
import { type PodSelection, spreadWith, withLabelsOf } from "../pod-selection.ts";
import type { Tally } from "../tally.ts";
import { siblingsOf } from "./default-selector.ts";
import { keepsAway } from "./taint-toleration.ts";

export type DefaultConstraint = Omit<TopologySpreadConstraint, "labelSelector">;

/** A constraint, and the pods that it is about. */
export interface MeantConstraint extends DefaultConstraint {
  readonly selection: PodSelection;
}

export interface Constraint extends MeantConstraint {
  readonly tally: Tally;
}

export function hasOwn({ spec }: Pod): boolean {
  return (spec.topologySpreadConstraints?.length ?? 0) > 0;
}

export function constraintsOf(
  pod: Pod,
  action: TopologySpreadConstraint["whenUnsatisfiable"],
  defaults: readonly DefaultConstraint[],
  handle: Look,
): Constraint[] {
  const { snapshot } = handle;
  return meantConstraints(pod, action, defaults, handle).map(meant => ({
    tally: snapshot.tallyOf(meant.selection),
    ...meant,
  }));
}

/** The same, before anything is counted. */
export function meantConstraints(
  pod: Pod,
  action: TopologySpreadConstraint["whenUnsatisfiable"],
  defaults: readonly DefaultConstraint[],
  handle: Look,
): MeantConstraint[] {
  const { namespace = "", labels } = pod.metadata;
  const isMeant = ({ whenUnsatisfiable }: DefaultConstraint) => whenUnsatisfiable === action;
  if (hasOwn(pod))
    return (pod.spec.topologySpreadConstraints ?? [])
      .filter(isMeant)
      .map(each => ({ ...each, selection: spreadWith(namespace, selectorOf(each, labels)) }));
  const meant = defaults.filter(isMeant);
  const selection = meant.length > 0 ? siblingsOf(pod, handle) : undefined;
  return selection ? meant.map(constraint => ({ selection, ...constraint })) : [];
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

/** Counted over the nodes that have a value for all constraints and that the constraint's policies let count. */
export function domainsFor(
  constraint: Constraint,
  constraints: readonly DefaultConstraint[],
  pod: Pod,
  snapshot: Look["snapshot"],
): Domains {
  const { topologyKey, tally } = constraint;
  // The common case: every node that has the label counts, and that is counted already.
  if (constraints.length === 1 && countsAllNodes(constraint, pod))
    return { counts: tally.byDomain(topologyKey), size: snapshot.domainsOf(topologyKey).size };
  const counts = countsIn(constraint, constraints, pod, snapshot);
  return { counts, size: counts.size };
}

/** The same with those domains that have none. */
export function countsIn(
  constraint: Constraint,
  constraints: readonly DefaultConstraint[],
  pod: Pod,
  snapshot: Look["snapshot"],
): ReadonlyMap<string, number> {
  const { topologyKey, tally } = constraint;
  const counts = new Map<string, number>();
  for (const nodeInfo of snapshot.nodeInfos) {
    if (!constraints.every(each => snapshot.domainOf(nodeInfo, each.topologyKey) !== undefined)) continue;
    if (!countsNode(constraint, pod, nodeInfo.node)) continue;
    const domain = snapshot.domainOf(nodeInfo, topologyKey) ?? "";
    counts.set(domain, (counts.get(domain) ?? 0) + tally.on(nodeInfo));
  }
  return counts;
}

function countsAllNodes({ nodeAffinityPolicy, nodeTaintsPolicy }: DefaultConstraint, { spec }: Pod): boolean {
  const isAnywhere = !spec.nodeSelector && !spec.affinity?.nodeAffinity;
  return (isAnywhere || nodeAffinityPolicy === "Ignore") && nodeTaintsPolicy !== "Honor";
}

/** Whether the constraint's policies let the node count. */
export function countsNode(
  { nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" }: DefaultConstraint,
  pod: Pod,
  node: Node,
) {
  if (nodeAffinityPolicy === "Honor" && !isSuited(pod, node)) return false;
  return nodeTaintsPolicy === "Ignore" || !keepsAway(node, pod);
}

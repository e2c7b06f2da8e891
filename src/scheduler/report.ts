/**
 * The report of a pod's scheduling, for people: nodes by plugins, with each verdict and score, and what would have to change on
 * a node for the pod to fit there. `cluster.scheduling` returns it, and `k4s why --scheduling` prints it (report-text.ts). What is
 * found of a pod that waits is in diagnosis.ts.
 */
import { conditionOf, defaultSchedulerName, type Pod } from "../resources/index.ts";
import type { Attempt, PluginScores } from "./cycle.ts";
import type { NodeInfo } from "./node-info.ts";
import { priorityOf } from "./plugins/index.ts";

export interface NodeReport {
  readonly node: string;
  /** By the name of the plugin why it refuses the pod there; empty where the node can take it. */
  readonly refusals: Readonly<Record<string, readonly string[]>>;
  /** By the name of the plugin what it gave the node, from 0 to 100, before its weight counts. */
  readonly scores: Readonly<Record<string, number>>;
  /** The sum of the scores, each times its weight; undefined where the node was not scored. */
  readonly total?: number;
  /** What would have to change for the pod to fit: a phrase for each thing, with the figures. Empty for a pod that has its node. */
  readonly remedies: readonly string[];
  /** What preemption could do here for a pod that fits nowhere, or why nothing. */
  readonly preemption?: string;
}

export interface SchedulingReport {
  readonly namespace: string;
  readonly name: string;
  readonly schedulerName: string;
  readonly priority: number;
  /** The node that it has. */
  readonly node?: string;
  /** The node that it was promised, and waits for. */
  readonly nominatedNode?: string;
  /** What the condition PodScheduled says. */
  readonly message?: string;
  /** What holds it back before any node is asked: the names of its scheduling gates. */
  readonly gates?: readonly string[];
  /** The schedulers of the control plane, where the pod names none of them: another program has to bind it. */
  readonly schedulers?: readonly string[];
  /** Empty where nothing is known: the pod named its node itself, or it was placed long ago, or by another scheduler. */
  readonly nodes: readonly NodeReport[];
}

/** Of a pod that names none of these schedulers and has no node. */
export function reportOfForeign(pod: Pod, schedulers: readonly string[]): SchedulingReport {
  return { ...reportOf(pod, []), schedulers };
}

export function reportOf(pod: Pod, nodes: readonly NodeReport[]): SchedulingReport {
  const { metadata, spec, status } = pod;
  const message = conditionOf(pod, "PodScheduled")?.message;
  const gates = spec.schedulingGates?.map(gate => gate.name) ?? [];
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    schedulerName: spec.schedulerName ?? defaultSchedulerName,
    priority: priorityOf(pod),
    ...(spec.nodeName && { node: spec.nodeName }),
    ...(status?.nominatedNodeName && { nominatedNode: status.nominatedNodeName }),
    ...(message && { message }),
    ...(gates.length > 0 && { gates }),
    nodes,
  };
}

/** Of a pod that was placed: what was found then. Of a node that was refused, the first plugin that did is known. */
export function reportOfAttempt(pod: Pod, { feasible, refusals, scores }: Attempt): SchedulingReport {
  const refused = [...refusals].map(([nodeInfo, { plugin, reasons }]) => ({
    nodeInfo,
    refusals: { [plugin]: reasons },
  }));
  return reportOf(pod, nodeReports(feasible, scores, refused));
}

/** What is known of a node that refused the pod. */
export type RefusedNode = Pick<NodeReport, "refusals"> &
  Partial<NodeReport> & { readonly nodeInfo: NodeInfo };

/**
 * The best first, those that cannot take the pod last, and of those first where least is wrong. A node that has gone meanwhile is
 * left out: its object is gone, too.
 */
export function nodeReports(
  feasible: readonly NodeInfo[],
  scores: readonly PluginScores[],
  refused: readonly RefusedNode[],
): NodeReport[] {
  const taking = feasible.flatMap((nodeInfo, i): NodeReport[] => {
    if (!isThere(nodeInfo)) return [];
    const given = scores.map(({ plugin, scores }) => [plugin, scores[i] ?? 0] as const);
    const total = scores.reduce((sum, { weight, scores }) => sum + weight * (scores[i] ?? 0), 0);
    const { name } = nodeInfo.node.metadata;
    const all = { node: name, refusals: {}, scores: Object.fromEntries(given), remedies: [] };
    return [{ ...all, ...(scores.length > 0 && { total }) }];
  });
  const refusing = refused.flatMap(({ nodeInfo, ...found }): NodeReport[] =>
    isThere(nodeInfo) ? [{ node: nodeInfo.node.metadata.name, scores: {}, remedies: [], ...found }] : [],
  );
  return inOrder([...taking, ...refusing]);
}

function isThere({ node }: NodeInfo): boolean {
  return node !== undefined;
}

function inOrder(reports: readonly NodeReport[]): NodeReport[] {
  const wrong = ({ refusals }: NodeReport) => Object.values(refusals).flat().length;
  return [...reports].sort(
    (one, other) =>
      wrong(one) - wrong(other) || (other.total ?? 0) - (one.total ?? 0) || (one.node < other.node ? -1 : 1),
  );
}

/**
 * The report of a pod's scheduling, for people: nodes by plugins, with each verdict and score, and what would have to change on
 * a node for the pod to fit there (remedies.ts). `k4s why --scheduling` prints it, `cluster.scheduling` returns it.
 */
import { messageOf } from "../errors/index.ts";
import { conditionOf, defaultSchedulerName, type Pod } from "../resources/index.ts";
import { type Attempt, withPromised } from "./cycle.ts";
import type { Look, PreFilterResult } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Profile } from "./profile.ts";
import { remediesFor } from "./remedies.ts";

export interface NodeReport {
  readonly node: string;
  /** By the name of the plugin why it refuses the pod there; empty where the node can take it. */
  readonly refusals: Readonly<Record<string, readonly string[]>>;
  /** By the name of the plugin what it gave the node, from 0 to 100, before its weight counts. */
  readonly scores: Readonly<Record<string, number>>;
  /** The sum of the scores, each times its weight; undefined where the node was not scored. */
  readonly total?: number;
  /** What would have to change for the pod to fit; a sentence for each refusal. */
  readonly remedies: readonly string[];
}

export interface SchedulingReport {
  readonly namespace: string;
  readonly name: string;
  readonly schedulerName: string;
  /** The node that it has. */
  readonly node?: string;
  /** The node that it was promised, and waits for. */
  readonly nominatedNode?: string;
  /** What the condition PodScheduled says. */
  readonly message?: string;
  /** What holds it back before any node is asked: the names of its scheduling gates. */
  readonly gates?: readonly string[];
  /** Empty where nothing is known: the pod named its node itself, or it was placed long ago, or by another scheduler. */
  readonly nodes: readonly NodeReport[];
}

export function reportOf(pod: Pod, nodes: readonly NodeReport[]): SchedulingReport {
  const { metadata, spec, status } = pod;
  const message = conditionOf(pod, "PodScheduled")?.message;
  const gates = spec.schedulingGates?.map(gate => gate.name) ?? [];
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    schedulerName: spec.schedulerName ?? defaultSchedulerName,
    ...(spec.nodeName && { node: spec.nodeName }),
    ...(status?.nominatedNodeName && { nominatedNode: status.nominatedNodeName }),
    ...(message && { message }),
    ...(gates.length > 0 && { gates }),
    nodes,
  };
}

/** Of a pod that was placed: what was found then. Of a node that was refused, the first plugin that did is known. */
export function reportOfAttempt(pod: Pod, { feasible, refusals, scores }: Attempt): SchedulingReport {
  // A node that has gone since is left out: its object is gone, too.
  const isThere = ({ node }: NodeInfo) => node !== undefined;
  const refused = [...refusals]
    .filter(([nodeInfo]) => isThere(nodeInfo))
    .map(([{ node }, { plugin, reasons }]) => ({
      ...{ node: node.metadata.name, refusals: { [plugin]: reasons }, scores: {}, remedies: [] },
    }));
  const taken = feasible.flatMap((nodeInfo, i): NodeReport[] => {
    if (!isThere(nodeInfo)) return [];
    const given = scores.map(({ plugin, scores }) => [plugin, scores[i] ?? 0] as const);
    const total = scores.reduce((sum, { weight, scores }) => sum + weight * (scores[i] ?? 0), 0);
    const { name } = nodeInfo.node.metadata;
    const all = { node: name, refusals: {}, scores: Object.fromEntries(given), remedies: [] };
    return [{ ...all, ...(scores.length > 0 && { total }) }];
  });
  return reportOf(pod, inOrder([...taken, ...refused]));
}

/**
 * What every plugin says of every node now; pods that were promised a node count there, as they do in a cycle. Nothing is decided,
 * and nothing is written.
 */
export async function diagnosis(pod: Pod, profile: Profile, look: Look): Promise<NodeReport[]> {
  const asked: { readonly plugin: string; readonly result: PreFilterResult }[] = [];
  for (const { name, preFilter } of profile.filter) {
    try {
      const result = await preFilter?.(pod, look);
      if (result) asked.push({ plugin: name, result });
    } catch (error) {
      asked.push({ plugin: name, result: { rejection: messageOf(error) } });
    }
  }
  const wrongWith = withPromised(pod, look.snapshot, nodeInfo => {
    const refusals: Record<string, readonly string[]> = {};
    const remedies: string[] = [];
    for (const { plugin, result } of asked) {
      const reasons =
        result.rejection !== undefined ? [result.rejection] : result.filter?.(nodeInfo)?.reasons;
      if (!reasons) continue;
      refusals[plugin] = reasons;
      remedies.push(...remediesFor(plugin, reasons, pod, nodeInfo));
    }
    return Object.keys(refusals).length > 0 ? { refusals, remedies } : undefined;
  });
  const reports = look.snapshot.nodeInfos.map((nodeInfo): NodeReport => {
    const { refusals = {}, remedies = [] } = wrongWith(nodeInfo) ?? {};
    return { node: nodeInfo.node.metadata.name, refusals, scores: {}, remedies };
  });
  return inOrder(reports);
}

/** The best first, those that cannot take the pod last, and of those first where least is wrong. */
function inOrder(reports: readonly NodeReport[]): NodeReport[] {
  const wrong = ({ refusals }: NodeReport) => Object.values(refusals).flat().length;
  return [...reports].sort(
    (one, other) =>
      wrong(one) - wrong(other) || (other.total ?? 0) - (one.total ?? 0) || (one.node < other.node ? -1 : 1),
  );
}

/** The report as lines: what became of the pod, a table of nodes by those plugins that had something to say, and the remedies. */
export function reportText(report: SchedulingReport): string {
  const { namespace, name, node, nominatedNode, message, gates = [], nodes, schedulerName } = report;
  const promised = nominatedNode ? ` It was promised ${nominatedNode}.` : "";
  const head = node
    ? `${namespace}/${name} is on ${node} (${schedulerName}).`
    : `${namespace}/${name} has no node (${schedulerName}): ${message ?? "it was not tried yet"}${promised}`;
  const held = gates.map(gate => `what set the gate ${gate} takes it out of the pod's spec.schedulingGates`);
  if (nodes.length === 0) return `${[head, ...adviceOf(held)].join("\n")}\n`;
  const plugins = [
    ...new Set(nodes.flatMap(({ refusals, scores }) => [...Object.keys(refusals), ...Object.keys(scores)])),
  ];
  const rows = nodes.map(each => [
    each.node === node ? `${each.node} *` : each.node,
    ...plugins.map(plugin => each.refusals[plugin]?.join(", ") ?? each.scores[plugin]?.toString() ?? "-"),
    each.total?.toString() ?? (Object.keys(each.refusals).length > 0 ? "does not fit" : "fits"),
  ]);
  const remedies = nodes.flatMap(each => each.remedies.map(remedy => `${each.node}: ${remedy}`));
  const table = aligned([["NODE", ...plugins, "TOTAL"], ...rows]);
  return `${[head, "", ...table, ...adviceOf([...held, ...remedies])].join("\n")}\n`;
}

function adviceOf(remedies: readonly string[]): string[] {
  return remedies.length > 0 ? ["", "For it to fit:", ...remedies.map(line => `  ${line}`)] : [];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

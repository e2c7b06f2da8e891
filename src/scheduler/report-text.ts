/** The report of a pod's scheduling as lines, as `k4s why --scheduling` prints it. */
import type { NodeReport, SchedulingReport } from "./report.ts";

/** What became of the pod, a table of nodes by those plugins that had something to say, and what would have to change. */
export function reportText(report: SchedulingReport): string {
  const { gates = [], nodes, schedulers, schedulerName } = report;
  const held = gates.map(gate => `what set the gate ${gate} takes it out of the pod's spec.schedulingGates`);
  const unserved = schedulers
    ? [
        `a scheduler called ${schedulerName} binds it, or it is made anew with one that this cluster has: ${schedulers.join(", ")}`,
      ]
    : [];
  const remedies = [...held, ...unserved, ...byNode(nodes, each => each.remedies)];
  const preemption = byNode(nodes, each => (each.preemption === undefined ? [] : [each.preemption]));
  const lines = [
    headOf(report),
    ...(nodes.length > 0 ? ["", ...tableOf(report)] : []),
    ...unscored(nodes),
    ...section("For it to fit:", remedies),
    ...section(`Preemption, with the priority ${report.priority}:`, preemption),
  ];
  return `${lines.join("\n")}\n`;
}

function headOf({ namespace, name, node, nominatedNode, message, schedulerName }: SchedulingReport): string {
  if (node) return `${namespace}/${name} is on ${node} (${schedulerName}).`;
  const promised = nominatedNode ? ` It was promised ${nominatedNode}.` : "";
  return `${namespace}/${name} has no node (${schedulerName}): ${message ?? "it was not tried yet"}${promised}`;
}

function tableOf({ node, nodes }: SchedulingReport): string[] {
  const plugins = [
    ...new Set(nodes.flatMap(({ refusals, scores }) => [...Object.keys(refusals), ...Object.keys(scores)])),
  ];
  const rows = nodes.map(each => [
    each.node === node ? `${each.node} *` : each.node,
    ...plugins.map(plugin => each.refusals[plugin]?.join(", ") ?? each.scores[plugin]?.toString() ?? "-"),
    each.total?.toString() ?? (isRefused(each) ? "does not fit" : "fits"),
  ]);
  return aligned([["NODE", ...plugins, "TOTAL"], ...rows]);
}

/** Why there are no scores, where there are none. */
function unscored(nodes: readonly NodeReport[]): string[] {
  const fitting = nodes.filter(each => !isRefused(each));
  if (nodes.length === 0 || fitting.some(({ total }) => total !== undefined)) return [];
  if (fitting.length === 0) return ["No node can take it: none was scored."];
  return fitting.length === 1 ? ["Only one node can take it: none was scored."] : [];
}

function isRefused({ refusals }: NodeReport): boolean {
  return Object.keys(refusals).length > 0;
}

/** So many nodes are named in a line. */
const mostNamed = 3;

/** `node-1, node-2: …`: what is to be said of nodes, each phrase once. */
function byNode(nodes: readonly NodeReport[], phrasesOf: (node: NodeReport) => readonly string[]): string[] {
  const named = new Map<string, string[]>();
  for (const each of nodes)
    for (const phrase of new Set(phrasesOf(each)))
      named.set(phrase, [...(named.get(phrase) ?? []), each.node]);
  return [...named].map(([phrase, names]) => {
    if (names.length === nodes.length && names.length > 1) return `every node: ${phrase}`;
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
    return `${names.slice(0, mostNamed).join(", ")}${more}: ${phrase}`;
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? ["", title, ...lines.map(line => `  ${line}`)] : [];
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

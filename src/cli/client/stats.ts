/** `k4s stats`: how large a cluster is, how full, and what it has done to heal and to scale so far, as `cluster.stats()` has it. */
import type { ClusterStats } from "../../cluster/index.ts";
import { tableText } from "../table.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";

export async function stats(options: WhereOptions & { readonly output?: "json" }): Promise<void> {
  const told = await new Connection(options).json<ClusterStats>("/k4s/stats");
  process.stdout.write(options.output === "json" ? `${JSON.stringify(told, null, 2)}\n` : textOf(told));
}

function textOf({ nodes, pods, capacity, requested, used, healing, scaling }: ClusterStats): string {
  const { total, ...phases } = pods;
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
  const resources = [
    ["cpu", ...[capacity, requested, used].map(({ cpu }) => `${Math.round(cpu * 1_000)}m`)],
    ["memory", ...[capacity, requested, used].map(({ memory }) => `${Math.round(memory / 2 ** 20)}Mi`)],
    ["pods", String(capacity.pods), String(requested.pods), ""],
  ];
  return [
    `Nodes:    ${nodes.total}, ${nodes.ready} ready\n`,
    `Pods:     ${total}: ${counts(phases)}\n`,
    `Healing:  ${counts(healing)}\n`,
    `Scaling:  ${counts(scaling)}\n\n`,
    tableText(["RESOURCE", "CAPACITY", "REQUESTED", "USED"], resources),
  ].join("");
}

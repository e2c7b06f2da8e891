/**
 * `k4s node`: what can be done to the nodes of a running cluster, as `cluster.nodes` does it. The cluster answers it besides the
 * Kubernetes API, for Kubernetes has no call that ends a machine.
 */
import type { AddedNode, NodeStopOptions, RunNode } from "../../cluster/index.ts";
import { tableText } from "../table.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";

export interface AddOptions extends WhereOptions {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly taint: NonNullable<AddedNode["taints"]>;
}

export interface ActOptions extends WhereOptions {
  /** Of `stop`. */
  readonly shutdownGracePeriod?: NodeStopOptions["shutdownGracePeriodByPodPriority"];
}

/** What became of a node, by what was done to it. */
const done = {
  stop: "stopped",
  crash: "crashed",
  freeze: "frozen",
  start: "started",
  remove: "removed",
} as const;

export async function nodeList(options: WhereOptions): Promise<void> {
  const nodes = await new Connection(options).json<RunNode[]>("/k4s/nodes");
  const rows = nodes.map(({ name, state, ready, pods }) => [
    name,
    state,
    ready ? "Ready" : "NotReady",
    String(pods),
  ]);
  process.stdout.write(tableText(["NAME", "STATE", "STATUS", "PODS"], rows));
}

export async function nodeAdd(name: string | undefined, options: AddOptions): Promise<void> {
  const { cpu, memory, pods, label: labels, taint: taints } = options;
  const added: AddedNode = {
    ...(name !== undefined && { name }),
    capacity: { cpu, memory, pods },
    labels,
    taints,
  };
  const connection = new Connection(options);
  const query = new URLSearchParams({ options: JSON.stringify(added) });
  const given = await connection.text(`/k4s/nodes/add?${query}`, { method: "POST", accept: "text/plain" });
  process.stdout.write(`node/${given} added\n`);
}

/** Resolves when it is done: for `stop`, when the pods of the node have ended. */
export async function nodeAct(
  act: keyof typeof done,
  names: readonly string[],
  options: ActOptions,
): Promise<void> {
  const connection = new Connection(options);
  const { shutdownGracePeriod: periods = [] } = options;
  const asked: NodeStopOptions = periods.length > 0 ? { shutdownGracePeriodByPodPriority: periods } : {};
  for (const name of names.map(nodeIn)) {
    const query = new URLSearchParams({ name, options: JSON.stringify(asked) });
    await connection.text(`/k4s/nodes/${act}?${query}`, { method: "POST", accept: "text/plain" });
    process.stdout.write(`node/${name} ${done[act]}\n`);
  }
}

/** `node/a` and `a`. */
export function nodeIn(given: string): string {
  return given.replace(/^nodes?\//, "");
}

/**
 * Why a pod fits nowhere, in the words of Kubernetes: how many nodes there are, what is wrong with them, each reason with
 * the number of nodes that have it, and whether removing other pods could help.
 */
import type { Pod } from "../resources/index.ts";
import type { Refusal } from "./filters.ts";

const noNodes = "no nodes available to schedule pods";

/** What keeps the pod from all nodes alike, before any is asked. */
export function explainAhead(reason: string, nodes: number): string {
  if (nodes === 0) return noNodes;
  // The last two words are what Kubernetes' preemption has to say of it: no node's state was found.
  return `0/${nodes} nodes are available: ${reason}. not found`;
}

/** `refusals`: one for each node that was asked, which is all of them when none is left. */
export function explain({ spec }: Pod, refusals: readonly Refusal[]): string {
  if (refusals.length === 0) return noNodes;
  const nodes = `0/${refusals.length} nodes are available`;
  const reasons = tally(refusals.flatMap(refusal => refusal.reasons));
  // k4s does not preempt (yet), so there never are victims.
  const rest = refusals.map(({ isFinal }) =>
    isFinal ? "Preemption is not helpful for scheduling" : "No preemption victims found for incoming pod",
  );
  const preemption =
    spec.preemptionPolicy === "Never"
      ? "not eligible due to preemptionPolicy=Never."
      : `${nodes}: ${tally(rest)}.`;
  return `${nodes}: ${reasons}. no new claims to deallocate, preemption: ${preemption}`;
}

/** `1 Insufficient cpu, 2 node(s) were unschedulable`: sorted as text, numbers and all, as Kubernetes does. */
function tally(sentences: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const sentence of sentences) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  return [...counts]
    .map(([sentence, count]) => `${count} ${sentence}`)
    .sort()
    .join(", ");
}

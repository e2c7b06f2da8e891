/**
 * Why a pod fits nowhere, in the words of Kubernetes: how many nodes there are, what is wrong with them, each reason with
 * the number of nodes that have it, and what came of looking for another way (PostFilter).
 */
import type { Unschedulable } from "./framework.ts";

const noNodes = "no nodes available to schedule pods";

/** `postFilters`: what the plugins said of it that looked for another way; none where one was found. */
export function explain(
  { refusals, nodes, rejection, unasked }: Omit<Unschedulable, "pod" | "fits">,
  postFilters: readonly string[],
): string {
  if (rejection?.isFailure) return rejection.message;
  if (nodes === 0) return noNodes;
  const available = `0/${nodes} nodes are available`;
  // The last two words are what Kubernetes' preemption has to say of it: no node's state was found.
  if (rejection) return `${available}: ${rejection.message}. not found`;
  const reasons = [...refusals.values()].flatMap(refusal => refusal.reasons);
  if (unasked) for (let i = refusals.size; i < nodes; i++) reasons.push(...unasked.reasons);
  return [`${available}: ${tally(reasons)}.`, postFilters.join(", ")].filter(Boolean).join(" ");
}

/** `1 Insufficient cpu, 2 node(s) were unschedulable`: sorted as text, numbers and all, as Kubernetes does. */
export function tally(sentences: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const sentence of sentences) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  return [...counts]
    .map(([sentence, count]) => `${count} ${sentence}`)
    .sort()
    .join(", ");
}

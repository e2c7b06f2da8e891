/**
 * Which nodes a pod wants, by their labels: `nodeSelector` and the terms of a node affinity. One term that matches is
 * enough; of a term, everything must match.
 */
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from "./generated/kubernetes.gen.ts";
import { holds } from "./selectors/index.ts";

/** Whether the node is one of those that the pod insists on. */
export function isSuited({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const key in spec.nodeSelector) if (labels[key] !== spec.nodeSelector[key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some(term => matchesTerm(term, node));
}

/** A term that says nothing matches nothing. */
export function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: Node,
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const fields: Readonly<Record<string, string>> = { "metadata.name": node.metadata.name };
  return (
    matchExpressions.every(requirement => meets(requirement, labels)) &&
    matchFields.every(requirement => meets(requirement, fields))
  );
}

function meets(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  return holds(operator, Object.hasOwn(labels, key) ? labels[key] : undefined, values);
}

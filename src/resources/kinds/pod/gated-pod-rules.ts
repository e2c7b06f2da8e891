/**
 * What of a gated pod may change: its gates go, none comes, and where it may run can be narrowed but not widened (`ValidatePodUpdate`
 * of Kubernetes 1.35). Queues of jobs live by that: they say where a pod is to run before they let it go.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue } from "../../faults.ts";
import type { NodeSelectorTerm, PodSpec } from "../../generated/kubernetes.gen.ts";
import { isSame } from "../../sameness.ts";

function isGated({ schedulingGates = [] }: PodSpec): boolean {
  return schedulingGates.length > 0;
}

export function gateFaults(spec: PodSpec, { schedulingGates: old = [] }: PodSpec): Cause[] {
  return (spec.schedulingGates ?? []).flatMap(({ name }, i) =>
    old.some(gate => gate.name === name)
      ? []
      : [
          forbidden(
            `spec.schedulingGates[${i}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

/** Labels may be asked for that were not, and terms of the required node affinity may demand more. */
export function narrowingFaults(spec: PodSpec, old: PodSpec): Cause[] {
  if (!isGated(old)) return [];
  return [...nodeSelectorFaults(spec.nodeSelector ?? {}, old.nodeSelector ?? {}), ...termFaults(spec, old)];
}

/** The spec as it would be if it had not been narrowed. */
export function withOldPlacement(spec: PodSpec, old: PodSpec): PodSpec {
  if (!isGated(old)) return spec;
  const { nodeAffinity: _, ...affinity } = spec.affinity ?? {};
  const nodeAffinity = old.affinity?.nodeAffinity;
  const hasAffinity = Object.keys(affinity).length > 0 || old.affinity !== undefined;
  return {
    ...spec,
    nodeSelector: old.nodeSelector,
    affinity: hasAffinity ? { ...affinity, ...(nodeAffinity && { nodeAffinity }) } : undefined,
  };
}

function nodeSelectorFaults(
  selector: Readonly<Record<string, string>>,
  old: Readonly<Record<string, string>>,
): Cause[] {
  const isKept = Object.entries(old).every(([key, value]) => selector[key] === value);
  const detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  return isKept ? [] : [invalidValue("spec.nodeSelector", selector, detail)];
}

function termFaults(spec: PodSpec, old: PodSpec): Cause[] {
  const [terms, before] = [termsOf(spec), termsOf(old)];
  if (before.length === 0) return [];
  const field = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  if (terms.length !== before.length)
    return [
      invalidValue(field, terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed"),
    ];
  return terms.flatMap((term, i) =>
    demandsMore(term, before[i] ?? {})
      ? []
      : [invalidValue(`${field}[${i}]`, term, "only additions are allowed (no mutations or deletions)")],
  );
}

function termsOf({ affinity }: PodSpec): readonly NodeSelectorTerm[] {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** A term without any demand fits no node: one that comes would widen it. */
function demandsMore(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const demands = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm) =>
    [matchExpressions, matchFields] as const;
  const [before, after] = [demands(old), demands(term)];
  if (before.every(list => list.length === 0)) return after.every(list => list.length === 0);
  return before.every((list, i) => isSame(after[i]?.slice(0, list.length) ?? [], list));
}

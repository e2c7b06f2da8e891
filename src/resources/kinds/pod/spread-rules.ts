/** What must be right in how the pods of one kind are to be spread over nodes, and in labels that are taken from the pod itself. */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, misnamed, required } from "../../faults.ts";
import type {
  LabelSelector,
  PodAffinityTerm,
  TopologySpreadConstraint,
} from "../../generated/kubernetes.gen.ts";
import { labelKey } from "../../names.ts";
import { labelSelectorFaults } from "../../selectors/index.ts";

const inBoth = "exists in both matchLabelKeys and labelSelector";
const withoutSelector = "must not be specified when labelSelector is not set";

export function spreadFaults(constraints: readonly TopologySpreadConstraint[], field: string): Cause[] {
  const causes: Cause[] = [];
  const seen = new Set<string>();
  constraints.forEach((constraint, i) => {
    const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains } = constraint;
    const path = `${field}[${i}]`;
    if (maxSkew !== undefined && maxSkew <= 0) {
      causes.push(invalidValue(`${path}.maxSkew`, maxSkew, "must be greater than zero"));
    }
    if (topologyKey === "") causes.push(required(`${path}.topologyKey`, "can not be empty"));
    if (minDomains !== undefined && minDomains <= 0) {
      causes.push(invalidValue(`${path}.minDomains`, minDomains, "must be greater than zero"));
    }
    if (minDomains !== undefined && whenUnsatisfiable === "ScheduleAnyway") {
      const detail = "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway";
      causes.push(invalidValue(`${path}.minDomains`, minDomains, detail));
    }
    causes.push(...ownKeyFaults(constraint, `${path}.matchLabelKeys`));
    if (labelSelector) causes.push(...labelSelectorFaults(labelSelector, `${path}.labelSelector`));
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) causes.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, pair));
    seen.add(pair);
  });
  return causes;
}

function ownKeyFaults(
  { matchLabelKeys: keys = [], labelSelector: selector }: TopologySpreadConstraint,
  field: string,
): Cause[] {
  if (keys.length === 0) return [];
  const named = keysOf(selector);
  return [
    ...(selector ? [] : [forbidden(field, withoutSelector)]),
    ...keys.flatMap((key, i) => [
      ...misnamed(labelKey, key, `${field}[${i}]`),
      ...(named.includes(key) ? [invalidValue(`${field}[${i}]`, key, inBoth)] : []),
    ]),
  ];
}

function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): readonly string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** The same for a term of an affinity, whose selector gets what they stand for when the pod is made: that is no second time. */
export function termKeyFaults(term: PodAffinityTerm, field: string): Cause[] {
  const { matchLabelKeys: same = [], mismatchLabelKeys: other = [], labelSelector: selector } = term;
  const causes: Cause[] = [];
  for (const [name, keys] of Object.entries({ matchLabelKeys: same, mismatchLabelKeys: other })) {
    if (keys.length === 0) continue;
    if (!selector) causes.push(forbidden(`${field}.${name}`, withoutSelector));
    else causes.push(...keys.flatMap((key, i) => misnamed(labelKey, key, `${field}.${name}[${i}]`)));
  }
  const labels = Object.keys(selector?.matchLabels ?? {});
  same.forEach((key, i) => {
    // Kubernetes tells of it at the term.
    if (labels.includes(key))
      causes.push({
        ...invalidValue(`${field}[${i}]`, key, inBoth),
        at: { field: `${field}.matchLabelKeys[${i}]` },
      });
  });
  same.forEach((key, i) => {
    if (!other.includes(key)) return;
    const detail = "exists in both matchLabelKeys and mismatchLabelKeys";
    causes.push(invalidValue(`${field}.matchLabelKeys[${i}]`, key, detail));
  });
  return causes;
}

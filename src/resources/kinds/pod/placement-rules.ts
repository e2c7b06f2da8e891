/** What must be right in the affinities of a pod: which nodes it wants, and which pods near or far. */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, required } from "../../faults.ts";
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodAntiAffinity,
} from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain, labelKey, labelValue } from "../../names.ts";
import { labelSelectorFaults } from "../../selectors/index.ts";
import { termKeyFaults } from "./spread-rules.ts";

const ifNeeded = "IgnoredDuringExecution";
const requiredRules = `requiredDuringScheduling${ifNeeded}` as const;
const preferredRules = `preferredDuringScheduling${ifNeeded}` as const;

export function affinityFaults(
  { nodeAffinity, podAffinity, podAntiAffinity }: Affinity,
  field: string,
): Cause[] {
  return [
    ...(nodeAffinity ? nodeAffinityFaults(nodeAffinity, `${field}.nodeAffinity`) : []),
    ...(podAffinity ? podAffinityFaults(podAffinity, `${field}.podAffinity`) : []),
    ...(podAntiAffinity ? podAffinityFaults(podAntiAffinity, `${field}.podAntiAffinity`) : []),
  ];
}

function nodeAffinityFaults(affinity: NodeAffinity, field: string): Cause[] {
  const causes: Cause[] = [];
  const must = affinity[requiredRules];
  if (must) causes.push(...nodeSelectorFaults(must, `${field}.${requiredRules}`));
  affinity[preferredRules]?.forEach(({ weight, preference }, i) => {
    const path = `${field}.${preferredRules}[${i}]`;
    causes.push(...weightFaults(weight, path));
    // What is only preferred may name values that no node can have.
    if (preference) causes.push(...nodeTermFaults(preference, `${path}.preference`, true));
  });
  return causes;
}

/** A choice of nodes that must be met. */
export function nodeSelectorFaults({ nodeSelectorTerms: terms }: NodeSelector, field: string): Cause[] {
  const path = `${field}.nodeSelectorTerms`;
  // That the list is missing is told by the schema.
  if (terms?.length === 0) return [required(path, "must have at least one node selector term")];
  return (terms ?? []).flatMap((term, i) => nodeTermFaults(term, `${path}[${i}]`));
}

function nodeTermFaults(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  field: string,
  anyValue = false,
): Cause[] {
  return [
    ...matchExpressions.flatMap((each, i) =>
      nodeRequirementFaults(each, `${field}.matchExpressions[${i}]`, anyValue),
    ),
    ...matchFields.flatMap((each, i) => fieldRequirementFaults(each, `${field}.matchFields[${i}]`)),
  ];
}

function nodeRequirementFaults(
  { key, operator, values = [] }: NodeSelectorRequirement,
  field: string,
  anyValue: boolean,
): Cause[] {
  const causes: Cause[] = [];
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        causes.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        causes.push(forbidden(`${field}.values`, detail));
      }
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        causes.push(
          required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        );
      }
      break;
    case undefined:
      break;
    default:
      causes.push(invalidValue(`${field}.operator`, operator, "not a valid selector operator"));
  }
  if (key !== undefined) causes.push(...labelKey(key).map(wrong => invalidValue(`${field}.key`, key, wrong)));
  if (anyValue) return causes;
  values.forEach((value, i) => {
    causes.push(...labelValue(value).map(wrong => invalidValue(`${field}.values[${i}]`, value, wrong)));
  });
  return causes;
}

/** Nodes have one field to be chosen by: their name. */
function fieldRequirementFaults(
  { key, operator, values = [] }: NodeSelectorRequirement,
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  if (operator !== "In" && operator !== "NotIn") {
    causes.push(invalidValue(`${field}.operator`, operator, "not a valid selector operator"));
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    causes.push(required(`${field}.values`, detail));
  }
  if (key !== "metadata.name") {
    causes.push(invalidValue(`${field}.key`, key, "not a valid field selector key"));
  } else {
    values.forEach((value, i) => {
      causes.push(...misnamed(dnsSubdomain, value, `${field}.values[${i}]`));
    });
  }
  return causes;
}

function podAffinityFaults(affinity: PodAntiAffinity, field: string): Cause[] {
  const causes: Cause[] = [];
  affinity[requiredRules]?.forEach((term, i) => {
    causes.push(...podTermFaults(term, `${field}.${requiredRules}[${i}]`));
  });
  affinity[preferredRules]?.forEach(({ weight, podAffinityTerm }, i) => {
    const path = `${field}.${preferredRules}[${i}]`;
    causes.push(...weightFaults(weight, path));
    if (podAffinityTerm) causes.push(...podTermFaults(podAffinityTerm, `${path}.podAffinityTerm`));
  });
  return causes;
}

function podTermFaults(term: PodAffinityTerm, field: string): Cause[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey } = term;
  const causes: Cause[] = [];
  if (labelSelector) causes.push(...labelSelectorFaults(labelSelector, `${field}.labelSelector`));
  if (namespaceSelector) causes.push(...labelSelectorFaults(namespaceSelector, `${field}.namespaceSelector`));
  for (const namespace of namespaces) {
    causes.push(...dnsLabel(namespace).map(wrong => invalidValue(`${field}.namespace`, namespace, wrong)));
  }
  causes.push(...termKeyFaults(term, field));
  if (topologyKey === undefined) return causes;
  const path = `${field}.topologyKey`;
  if (topologyKey === "") causes.push(required(path, "can not be empty"));
  return causes.concat(labelKey(topologyKey).map(wrong => invalidValue(path, topologyKey, wrong)));
}

function weightFaults(weight: number | undefined, field: string): Cause[] {
  if (weight === undefined || (weight >= 1 && weight <= 100)) return [];
  return [invalidValue(`${field}.weight`, weight, "must be in the range 1-100")];
}

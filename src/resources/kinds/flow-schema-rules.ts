/** What must be right in a FlowSchema, as in Kubernetes' `pkg/apis/flowcontrol/validation`. */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { invalidValue, misnamed, required } from "../faults.ts";
import type { FlowSchema, PolicyRulesWithSubjects } from "../generated/kubernetes.gen.ts";
import { dnsSubdomain } from "../names.ts";

const highestPrecedence = 10_000;

export const flowSchemaRules: KindRules<FlowSchema> = {
  validate({ metadata, spec }) {
    const { matchingPrecedence = 1_000, priorityLevelConfiguration, rules = [] } = spec ?? {};
    const level = priorityLevelConfiguration?.name;
    const field = "spec.priorityLevelConfiguration.name";
    return [
      ...precedenceFaults(matchingPrecedence, metadata.name === "exempt"),
      ...(level
        ? misnamed(dnsSubdomain, level, field)
        : [required(field, "must reference a priority level")]),
      ...rules.flatMap((rule, i) => ruleFaults(rule, `spec.rules[${i}]`)),
    ];
  },
};

function precedenceFaults(precedence: number, isExempt: boolean): Cause[] {
  const field = "spec.matchingPrecedence";
  if (precedence <= 0) return [invalidValue(field, precedence, "must be a positive value")];
  if (precedence > highestPrecedence)
    return [invalidValue(field, precedence, `must not be greater than ${highestPrecedence}`)];
  if (precedence > 1 || isExempt) return [];
  return [invalidValue(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")];
}

function ruleFaults(rule: Partial<PolicyRulesWithSubjects>, field: string): Cause[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  return [
    ...(subjects.length > 0
      ? []
      : [required(`${field}.subjects`, "subjects must contain at least one value")]),
    ...(resourceRules.length + nonResourceRules.length > 0
      ? []
      : [required(field, "at least one of resourceRules and nonResourceRules has to be non-empty")]),
  ];
}

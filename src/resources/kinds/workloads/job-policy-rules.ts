/**
 * What must be right in the policies of a Job: which failures of pods count, and which successes are enough. Limits and words are
 * those of Kubernetes' `pkg/apis/batch/validation`.
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, invalidValue, notSupported, required, tooLong, tooMany } from "../../faults.ts";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../../generated/kubernetes.gen.ts";
import { qualifiedName } from "../../names.ts";
import { negative } from "../numbers.ts";
import { countOfIndexes } from "./job-index-rules.ts";

const mostRules = 20;
const mostExitCodes = 255;
const mostConditions = 20;
const longestIndexes = 64 * 1024;

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];

/** What is wrong with `spec.podFailurePolicy`, which stands at `field`. */
export function failurePolicyFaults(spec: JobSpec, field: string): Cause[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const causes = rules.length > mostRules ? [tooMany(`${field}.rules`, rules.length, mostRules)] : [];
  return causes.concat(rules.flatMap((rule, i) => failureRuleFaults(rule, spec, `${field}.rules[${i}]`)));
}

function failureRuleFaults(rule: PodFailurePolicyRule, spec: JobSpec, field: string): Cause[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const causes = choiceFaults(action, actions, `${field}.action`);
  if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined)
    causes.push(invalidValue(`${field}.action`, action, "requires the backoffLimitPerIndex to be set"));
  if (onExitCodes) causes.push(...exitCodeFaults(onExitCodes, spec, `${field}.onExitCodes`));
  causes.push(...conditionFaults(onPodConditions, `${field}.onPodConditions`));
  const both = "specifying both OnExitCodes and OnPodConditions is not supported";
  const none = "specifying one of OnExitCodes and OnPodConditions is required";
  const hasConditions = onPodConditions.length > 0;
  if (!onExitCodes === !hasConditions) {
    const message = `Invalid value: ${hasConditions ? both : none}`;
    causes.push({ reason: "FieldValueInvalid", field, message });
  }
  return causes;
}

function exitCodeFaults(
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  { template }: JobSpec,
  field: string,
): Cause[] {
  const causes = choiceFaults(operator, operators, `${field}.operator`);
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  if (
    containerName !== undefined &&
    ![...containers, ...initContainers].some(({ name }) => name === containerName)
  ) {
    const detail = "must be one of the container or initContainer names in the pod template";
    causes.push(invalidValue(`${field}.containerName`, containerName, detail));
  }
  const path = `${field}.values`;
  const codes = values ?? [];
  if (codes.length === 0) causes.push(invalidValue(path, values, "at least one value is required"));
  if (codes.length > mostExitCodes) causes.push(tooMany(path, codes.length, mostExitCodes));
  const seen = new Set<number>();
  codes.forEach((code, i) => {
    if (code === 0 && operator === "In")
      causes.push(invalidValue(`${path}[${i}]`, code, "must not be 0 for the In operator"));
    if (seen.has(code)) causes.push(duplicate(`${path}[${i}]`, code));
    seen.add(code);
  });
  if (codes.some((code, i) => i > 0 && code < (codes[i - 1] ?? 0)))
    causes.push(invalidValue(path, codes, "must be ordered"));
  return causes;
}

function conditionFaults(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  field: string,
): Cause[] {
  const causes = patterns.length > mostConditions ? [tooMany(field, patterns.length, mostConditions)] : [];
  patterns.forEach(({ type, status = "True" }, i) => {
    const path = `${field}[${i}]`;
    causes.push(...qualifiedName(type ?? "").map(wrong => invalidValue(`${path}.type`, type, wrong)));
    causes.push(...choiceFaults(status, statuses, `${path}.status`));
  });
  return causes;
}

/** What must be said, and is one of a few. */
function choiceFaults(value: string | undefined, choices: readonly string[], field: string): Cause[] {
  if (!value) return [required(field, `valid values: [${choices.map(each => `"${each}"`).join(" ")}]`)];
  return choices.includes(value) ? [] : [notSupported(field, value, choices)];
}

/** What is wrong with `spec.successPolicy`, which stands at `field`. */
export function successPolicyFaults(spec: JobSpec, field: string): Cause[] {
  const rules = spec.successPolicy?.rules ?? [];
  const path = `${field}.rules`;
  if (rules.length === 0)
    return [required(path, "at least one rules must be specified when the successPolicy is specified")];
  const causes = rules.length > mostRules ? [tooMany(path, rules.length, mostRules)] : [];
  const { completions } = spec;
  if (completions === undefined) return causes;
  return causes.concat(rules.flatMap((rule, i) => successRuleFaults(rule, completions, `${path}[${i}]`)));
}

function successRuleFaults(
  { succeededIndexes: indexes, succeededCount: count }: SuccessPolicyRule,
  completions: number,
  field: string,
): Cause[] {
  if (count === undefined && indexes === undefined)
    return [required(field, "at least one of succeededCount or succeededIndexes must be specified")];
  const causes: Cause[] = [];
  let named = 0;
  if (indexes !== undefined) {
    const path = `${field}.succeededIndexes`;
    if (indexes.length > longestIndexes) causes.push(tooLong(path, longestIndexes));
    const found = countOfIndexes(indexes, completions);
    if ("wrong" in found)
      causes.push(invalidValue(path, indexes, `error parsing succeededIndexes: ${found.wrong}`));
    else named = found.count;
  }
  if (count === undefined) return causes;
  const path = `${field}.succeededCount`;
  const over = (most: number, what: string) =>
    causes.push(invalidValue(path, count, `must be less than or equal to ${most} (the number of ${what})`));
  causes.push(...negative(path, count));
  if (count > completions) over(completions, "specified completions");
  if (indexes !== undefined && count > named) over(named, "indexes in the specified succeededIndexes field");
  return causes;
}

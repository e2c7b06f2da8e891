/** What must be right in selectors that stand in objects: the keys, the operators, and as many values as they take. */
import type { Cause } from "../../errors/index.ts";
import { forbidden, invalidValue, required, wrongEntry, wrongKey } from "../faults.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../generated/kubernetes.gen.ts";
import { labelKey, labelValue } from "../names.ts";
import { globFault } from "./glob.ts";
import type { Labels } from "./selector.ts";

/** What is wrong with a label selector, for the causes of an error about the object that has it. */
export function labelSelectorFaults(selector: LabelSelector, field: string): Cause[] {
  const causes: Cause[] = [];
  const path = `${field}.matchLabels`;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    causes.push(...labelKey(key).map(wrong => wrongKey(path, key, wrong)));
    causes.push(...labelValue(value).map(wrong => wrongEntry(path, key, value, wrong)));
  }
  selector.matchExpressions?.forEach((expression, i) => {
    causes.push(...expressionFaults(expression, `${field}.matchExpressions[${i}]`));
  });
  return causes;
}

function expressionFaults({ key, operator, values = [] }: LabelSelectorRequirement, field: string): Cause[] {
  const causes = valueCountFaults(operator, values, field);
  if (key !== undefined) causes.push(...labelKey(key).map(wrong => invalidValue(`${field}.key`, key, wrong)));
  values.forEach((value, i) => {
    causes.push(...labelValue(value).map(wrong => invalidValue(`${field}.values[${i}]`, value, wrong)));
  });
  return causes;
}

function valueCountFaults(operator: string, values: readonly string[], field: string): Cause[] {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) return [];
      return [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) return [];
      return [
        forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      ];
    case undefined:
      return [];
    default:
      return [invalidValue(`${field}.operator`, operator, "not a valid selector operator")];
  }
}

/** What is wrong with the selector of a Service: its keys are labels', its values labels' or globs. */
export function serviceSelectorFaults(selector: Labels, field: string): Cause[] {
  return Object.entries(selector).flatMap(([key, value]) => {
    const fault = labelValue(value).length === 0 ? undefined : globFault(value);
    return [
      ...labelKey(key).map(wrong => wrongKey(field, key, wrong)),
      ...(fault === undefined ? [] : [invalidValue(`${field}[${key}]`, value, fault)]),
    ];
  });
}

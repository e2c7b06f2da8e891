/** What must be right in the tolerations of a pod: which taints of nodes it bears, and for how long. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, misnamed, notSupported } from "../../faults.ts";
import type { Toleration } from "../../generated/kubernetes.gen.ts";
import { labelKey, labelValue } from "../../names.ts";

/** `Gt` and `Lt`, of which the schema knows too, are behind a gate that is closed in 1.35 (TaintTolerationComparisonOperators). */
const operators = ["Equal", "Exists"];

export function tolerationFaults(tolerations: readonly Toleration[], field: string): Cause[] {
  return tolerations.flatMap(({ key = "", operator, value = "", effect, tolerationSeconds }, i) => {
    const path = `${field}[${i}]`;
    const causes: Cause[] = [];
    if (key) causes.push(...misnamed(labelKey, key, `${path}.key`));
    else if (operator !== "Exists") {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      causes.push(invalidValue(`${path}.operator`, operator ?? "", detail));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      causes.push(invalidValue(`${path}.effect`, effect ?? "", detail));
    }
    return causes.concat(valueFaults(operator || "Equal", value, `${path}.operator`));
  });
}

function valueFaults(operator: string, value: string, field: string): Cause[] {
  if (!operators.includes(operator)) return [notSupported(field, operator, operators)];
  if (operator === "Equal") {
    const wrong = labelValue(value);
    return wrong.length > 0 ? [invalidValue(field, value, wrong.join(";"))] : [];
  }
  return value === "" ? [] : [invalidValue(field, value, "value must be empty when `operator` is 'Exists'")];
}

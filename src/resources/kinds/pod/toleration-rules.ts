/** What must be right in the tolerations of a pod: which taints of nodes it bears, and for how long. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, misnamed, notSupported } from "../../faults.ts";
import type { Toleration } from "../../generated/kubernetes.gen.ts";
import { labelKey, labelValue } from "../../names.ts";

/** `Gt` and `Lt`, of which the schema knows too, are behind a gate that is closed in 1.35 (TaintTolerationComparisonOperators). */
const operators = ["Equal", "Exists"];

export function tolerationFaults(tolerations: readonly Toleration[], field: string): Cause[] {
  return tolerations.flatMap((toleration, i) => {
    const { key = "", operator, effect, tolerationSeconds } = toleration;
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
    return causes.concat(valueFaults(toleration, `${path}.operator`));
  });
}

function valueFaults(toleration: Toleration, field: string): Cause[] {
  const { key = "", value = "", effect = "", tolerationSeconds = null } = toleration;
  const operator = toleration.operator || "Equal";
  if (!operators.includes(operator)) return [notSupported(field, operator, operators)];
  if (operator === "Equal") {
    const wrong = labelValue(value);
    return wrong.length > 0 ? [invalidValue(field, value, wrong.join(";"))] : [];
  }
  if (value === "") return [];
  // Kubernetes tells the whole toleration, by the names that its fields have inside.
  const told = { Key: key, Operator: operator, Value: value, Effect: effect };
  const whole = { ...told, TolerationSeconds: tolerationSeconds };
  return [invalidValue(field, whole, "value must be empty when `operator` is 'Exists'")];
}

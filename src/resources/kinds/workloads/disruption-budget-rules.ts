/**
 * What must be right in a PodDisruptionBudget, as in Kubernetes' `pkg/apis/policy/validation`: one of the two numbers, each a
 * count or a share, and a selector that can be read.
 */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue } from "../../faults.ts";
import type { PodDisruptionBudget } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { labelSelectorFaults } from "../../selectors/index.ts";
import { countOrShareFaults, overAllFaults } from "../numbers.ts";

export function disruptionBudgetFaults({ spec }: Draft<PodDisruptionBudget>): Cause[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec ?? {};
  const causes: Cause[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const value = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
    };
    causes.push(invalidValue("spec", value, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const [name, value] of Object.entries({ minAvailable, maxUnavailable })) {
    causes.push(...countOrShareFaults(`spec.${name}`, value), ...overAllFaults(`spec.${name}`, value));
  }
  return selector ? causes.concat(labelSelectorFaults(selector, "spec.selector")) : causes;
}

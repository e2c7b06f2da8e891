/** What must be right in a Lease, as in Kubernetes' `pkg/apis/coordination/validation`. */
import type { KindRules } from "../definition/index.ts";
import { forbidden, invalidValue, misnamed, notSupported } from "../faults.ts";
import type { Lease } from "../generated/kubernetes.gen.ts";
import { qualifiedName } from "../names.ts";
import { negative } from "./numbers.ts";

const strategies = ["OldestEmulationVersion"];

export const leaseRules: KindRules<Lease> = {
  validate({ spec }) {
    const { leaseDurationSeconds: seconds, leaseTransitions, strategy, preferredHolder } = spec ?? {};
    const causes = negative("spec.leaseTransitions", leaseTransitions);
    if (seconds !== undefined && seconds <= 0)
      causes.unshift(invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0"));
    if (strategy?.includes("/")) causes.push(...misnamed(qualifiedName, strategy, "spec.strategy"));
    else if (strategy !== undefined && !strategies.includes(strategy))
      causes.push(notSupported("spec.strategy.strategy", strategy, strategies));
    if (preferredHolder && !strategy)
      causes.push(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"));
    return causes;
  },
};

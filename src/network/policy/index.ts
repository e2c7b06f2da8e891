/** The door of policy/: which pod may connect to which, by the NetworkPolicies. */
export { type Denial, Denials } from "./denials.ts";
export { Policies, type PolicyChange } from "./policies.ts";
export type { PolicyEnd } from "./policy-end.ts";
export { type Protocol, type Verdict, verdictText } from "./verdict.ts";

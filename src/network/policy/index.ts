/** The door of policy/: which pod may connect to which, by the NetworkPolicies. */
export { type Denial, Denials } from "./denials.ts";
export { Policies, type PolicyChange } from "./policies.ts";
export { nameOfEnd, type PolicyEnd, plainAddress } from "./policy-end.ts";
export { type Decision, type Protocol, type Verdict, verdictText } from "./verdict.ts";

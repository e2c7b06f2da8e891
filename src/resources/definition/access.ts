/**
 * What the answers of reviews are made of, as a port. It stands on this floor because some kinds are nothing else than such a
 * question (SubjectAccessReview, TokenReview).
 */

import { type Authorize, allowAll, type User } from "../authorization.ts";
import type { ServiceAccount, TokenRequestSpec } from "../generated/kubernetes.gen.ts";

/** What a user may do in a namespace, as Kubernetes' SubjectRulesReviewStatus has it. */
export interface RuleList {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[];
    readonly nonResourceURLs?: readonly string[];
  }[];
  /** Whether there may be more rights than these. */
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** What the answers of reviews are made of. Each may answer at once or later. */
export interface Access {
  readonly authorize: Authorize;
  /** All that a user may do in a namespace; not known where left out. */
  readonly rulesOf?: (user: User, namespace: string) => RuleList | Promise<RuleList>;
  /** The user that the token belongs to; undefined where there is none. No token is known where left out. */
  readonly authenticate?: (
    token: string,
    audiences: readonly string[],
  ) => Authenticated | undefined | Promise<Authenticated | undefined>;
  /** A token for a service account. None is given out where left out. */
  readonly issueToken?: (account: ServiceAccount, spec: TokenRequestSpec) => Issued | Promise<Issued>;
}

type Issued = {
  readonly audiences: readonly string[];
  readonly token: string;
  readonly expirationTimestamp: string;
};

export interface Authenticated {
  readonly user: User;
  /** For whom the token is, of those that were asked for. */
  readonly audiences?: readonly string[];
}

const all = ["*"];

/** What holds where nothing is said about rights. */
export const openAccess: Access = {
  authorize: allowAll,
  rulesOf: () => ({
    resourceRules: [{ verbs: all, apiGroups: all, resources: all }],
    nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
    incomplete: false,
  }),
};

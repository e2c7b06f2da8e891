/**
 * Who asks, and what decides about it: the questions that authentication and authorisation answer, as ports. They stand on
 * this floor because some kinds are nothing else than such a question (SubjectAccessReview, TokenReview).
 */

import type { ServiceAccount, TokenRequestSpec } from "../generated/kubernetes.gen.ts";

/** A person, a program or a part of the control plane, as Kubernetes' UserInfo has it. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is asked for, in the words of Kubernetes' SubjectAccessReview. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The plural, `pods`. */
  readonly resource: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** "" for all of them, or where there is none. */
  readonly namespace: string;
  /** "" for all of them, or for what has no name yet. */
  readonly name: string;
  /** What is asked for where it is no resource, `/healthz`; the fields of a resource are "" then. */
  readonly path?: string;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Why, for the user to read. */
  readonly reason?: string;
}

/** Decides at once where it can: then what is allowed has happened when the call returns. */
export type Authorize = (user: User, attributes: Attributes) => Verdict | Promise<Verdict>;

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

/** Every user may do everything. */
export const allowAll: Authorize = () => allowed;

const allowed: Verdict = Object.freeze({ allowed: true });
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

/**
 * Who asks, for what, and what decides about it. This lies beneath all that asks: the API and its reviews, the expressions of
 * policies.
 */

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
  /** Of a list or a watch: which objects alone are meant, as their reader has it; absent where it does not say. */
  readonly fieldSelector?: string;
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

/** Every user may do everything. */
export const allowAll: Authorize = () => allowed;

const allowed: Verdict = Object.freeze({ allowed: true });

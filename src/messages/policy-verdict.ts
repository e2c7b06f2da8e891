/** What the main thread tells a thread about NetworkPolicies (network/policy-calls.ts). */

/** Whether a connection is allowed. */
export interface PolicyVerdict {
  readonly allowed: boolean;
  /** In words: which policies decided. */
  readonly text: string;
}

/** Verdicts that were asked for in an earlier generation may be others now. */
export interface PolicyGeneration {
  readonly generation: number;
  /** False: there is no policy, and every connection is allowed. */
  readonly isPoliced: boolean;
}

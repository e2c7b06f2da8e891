/**
 * Whether one end may connect to the other, and which NetworkPolicies decided it. A pod that no policy selects for a direction is
 * open in that direction; one that is selected allows only what a rule of one of those policies allows. A connection needs the
 * egress of the one end and the ingress of the other. Answers always pass, as they belong to a connection that was allowed.
 */
import type { CompiledPolicy, Direction, NamespaceLabels } from "./compiled-policy.ts";
import { nameOfEnd, type PolicyEnd, type PolicyPod } from "./policy-end.ts";

export type Protocol = "TCP" | "UDP" | "SCTP";

export interface Verdict {
  readonly allowed: boolean;
  /** Where it is denied: whether by the policies of the pod that connects (Egress) or of the one that is connected to. */
  readonly direction?: Direction;
  /**
   * As `namespace/name`. Denied: the policies that select the pod, of which none allows it. Allowed: those with a rule that does, one
   * for each direction; none where no policy selects either pod.
   */
  readonly policies: readonly string[];
}

/** What a verdict reads. */
export interface PolicyFacts {
  /** The policies that select the pod, for this direction. */
  selecting(pod: PolicyPod, direction: Direction): readonly CompiledPolicy[];
  readonly labelsOf: NamespaceLabels;
}

const open: Verdict = { allowed: true, policies: [] };

/** @param port of the end that is connected to, by its number; undefined for a message */
export function verdictOf(
  from: PolicyEnd,
  to: PolicyEnd,
  port: number | undefined,
  protocol: Protocol,
  facts: PolicyFacts,
): Verdict {
  if (isAlwaysAllowed(from, to)) return open;
  const egress = decided("Egress", from, to, to, port, protocol, facts);
  if (!egress.allowed) return egress;
  const ingress = decided("Ingress", to, from, to, port, protocol, facts);
  if (!ingress.allowed || egress.policies.length === 0) return ingress;
  return { allowed: true, policies: [...new Set([...egress.policies, ...ingress.policies])] };
}

/** A pod reaches itself, and a pod and its own node reach each other, whatever policies say. */
function isAlwaysAllowed({ pod: a }: PolicyEnd, { pod: b }: PolicyEnd): boolean {
  if (!a || !b) return false;
  return a.uid === b.uid || ((a.isHostNetwork || b.isHostNetwork) && a.node === b.node);
}

function decided(
  direction: Direction,
  { pod }: PolicyEnd,
  peer: PolicyEnd,
  receiver: PolicyEnd,
  port: number | undefined,
  protocol: Protocol,
  { selecting, labelsOf }: PolicyFacts,
): Verdict {
  const policies = pod ? selecting(pod, direction) : [];
  if (policies.length === 0) return open;
  for (const { id, rules } of policies) {
    const isAllowed = rules[direction]?.some(
      rule => rule.allowsPort(receiver, port, protocol) && rule.allowsPeer(peer, labelsOf),
    );
    if (isAllowed) return { allowed: true, policies: [id] };
  }
  return { allowed: false, direction, policies: policies.map(({ id }) => id) };
}

/** A verdict in words, for errors, events and the command: names the policies that decided. */
export function verdictText(
  { allowed, direction, policies }: Verdict,
  from: PolicyEnd,
  to: PolicyEnd,
  port?: number,
): string {
  const way = `from ${nameOfEnd(from)} to ${nameOfEnd(to)}${port === undefined ? "" : `, port ${port}`}`;
  const shown = policies.slice(0, 5).join(", ") + (policies.length > 5 ? ", …" : "");
  const named = `NetworkPolicy ${shown}`;
  if (allowed)
    return policies.length === 0
      ? `no NetworkPolicy is about the way ${way}`
      : `${named} allows the way ${way}`;
  const side = direction === "Egress" ? from : to;
  return `${named} denies the way ${way}: it selects ${nameOfEnd(side)} for ${direction}, and no rule allows this`;
}

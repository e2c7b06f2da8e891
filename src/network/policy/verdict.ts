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

/** What the policies of one end say of one direction. */
export interface Decision {
  readonly direction: Direction;
  /** The policies that select the pod for this direction, as `namespace/name`. None: it is open. */
  readonly selectedBy: readonly string[];
  /** The first rule that allows it: its policy, and its place in the list `spec.ingress` or `spec.egress`. */
  readonly allowedBy?: { readonly policy: string; readonly rule: number };
}

/** A verdict with what each of the two ends says. */
export interface Explanation {
  readonly allowed: boolean;
  /** Whatever policies say: a pod and itself, a pod and its own node. */
  readonly isAlways: boolean;
  readonly egress: Decision;
  readonly ingress: Decision;
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
  if (!isAllowed(egress)) return { allowed: false, direction: "Egress", policies: egress.selectedBy };
  const ingress = decided("Ingress", to, from, to, port, protocol, facts);
  if (!isAllowed(ingress)) return { allowed: false, direction: "Ingress", policies: ingress.selectedBy };
  const policies = [egress, ingress].flatMap(({ allowedBy }) => allowedBy?.policy ?? []);
  return policies.length === 0 ? open : { allowed: true, policies: [...new Set(policies)] };
}

/** The same verdict, with what both ends say of it, also where the first has denied it. */
export function explained(
  from: PolicyEnd,
  to: PolicyEnd,
  port: number | undefined,
  protocol: Protocol,
  facts: PolicyFacts,
): Explanation {
  const egress = decided("Egress", from, to, to, port, protocol, facts);
  const ingress = decided("Ingress", to, from, to, port, protocol, facts);
  const isAlways = isAlwaysAllowed(from, to);
  return { allowed: isAlways || (isAllowed(egress) && isAllowed(ingress)), isAlways, egress, ingress };
}

function isAllowed({ selectedBy, allowedBy }: Decision): boolean {
  return selectedBy.length === 0 || allowedBy !== undefined;
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
): Decision {
  const policies = pod ? selecting(pod, direction) : [];
  const selectedBy = policies.map(({ id }) => id);
  for (const { id, rules } of policies) {
    const rule = rules[direction]?.findIndex(
      each => each.allowsPort(receiver, port, protocol) && each.allowsPeer(peer, labelsOf),
    );
    if (rule !== undefined && rule >= 0) return { direction, selectedBy, allowedBy: { policy: id, rule } };
  }
  return { direction, selectedBy };
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

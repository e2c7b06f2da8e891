/**
 * NetworkPolicies on messages. A message goes from pod to pod and has no port; the same verdict holds as for connections. The main thread
 * itself may always send, as a node may always reach its pods.
 */
import type { Attached } from "./attachment.ts";
import { type Policies, type PolicyEnd, type Verdict, verdictText } from "./policy/index.ts";

interface DeniedMessages {
  readonly verdict: Verdict;
  readonly sender: PolicyEnd;
  readonly receiver: PolicyEnd;
}

/** The verdict on messages from the one thread to the other, where it denies them. */
export function deniedBetween(from: Attached, to: Attached, policies: Policies): DeniedMessages | undefined {
  const [sender, receiver] = [from, to].map(({ identity }) => identity && policies.endOf(identity.uid));
  if (!sender || !receiver) return undefined;
  const verdict = policies.verdict(sender, receiver);
  return verdict.allowed ? undefined : { verdict, sender, receiver };
}

/** The same in words. */
export function deniedText(from: Attached, to: Attached, policies: Policies): string | undefined {
  const denied = deniedBetween(from, to, policies);
  return denied && verdictText(denied.verdict, denied.sender, denied.receiver);
}

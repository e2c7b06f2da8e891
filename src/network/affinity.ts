/**
 * Session affinity: a sender keeps to one endpoint of a service while that is there. (Kubernetes goes by the client's
 * address; here it is the pod that sends.)
 */
import type { Attached, Interest } from "./attachment.ts";

/** The endpoint that this sender was led to before, or else the one that its own pod's uid stands for; none where none is. */
export function keptTo(endpoints: readonly Attached[], { told, attached }: Interest): readonly Attached[] {
  const kept = endpoints.find(({ id }) => id === told?.endpoints[0]);
  if (kept || endpoints.length === 0) return kept ? [kept] : [];
  const weighed = endpoints.map(endpoint => ({ endpoint, weight: weightOf(attached, endpoint) }));
  return [weighed.reduce((best, next) => (next.weight > best.weight ? next : best)).endpoint];
}

/** The highest weight wins (rendezvous hashing): the containers of one pod agree without having spoken. */
function weightOf(sender: Attached, endpoint: Attached): number {
  let hash = 0x811c9dc5;
  for (const character of `${sender.identity?.uid ?? ""} ${endpoint.identity?.uid ?? ""}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 0;
}

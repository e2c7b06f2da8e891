/** What a pod calls itself: `hostname`, `/etc/hostname` and the variable HOSTNAME, by the rules of the kubelet. */
import type { Pod } from "../../resources/index.ts";

/** A name in a machine's kernel has no more characters, and a label of DNS too. */
const longestName = 63;

/**
 * `hostnameOverride`, or `hostname`, or the pod's name; with `setHostnameAsFQDN` and a `subdomain` the full name in the cluster's
 * domain.
 */
export function hostnameOf(pod: Pod): string {
  return (pod.spec.setHostnameAsFQDN && fullNameOf(pod)) || shortNameOf(pod);
}

/** `db-0.db.default.svc.cluster.local`; empty for a pod without a subdomain. */
export function fullNameOf(pod: Pod): string {
  const { subdomain, hostnameOverride } = pod.spec;
  if (!subdomain || hostnameOverride) return "";
  return `${shortNameOf(pod)}.${subdomain}.${pod.metadata.namespace}.svc.cluster.local`;
}

/** What stands before the first dot of its full name. */
export function shortNameOf({ metadata: { name }, spec: { hostname, hostnameOverride } }: Pod): string {
  return hostnameOverride || hostname || name.slice(0, longestName).replace(/[-.]+$/, "");
}

/**
 * What a host name can mean, as a pod's resolver and the DNS of a cluster read it: the search domains of the namespace one after the
 * other, then the name itself.
 *
 *     web                                     the Service web, here
 *     web.shop                                the endpoint web of the Service shop, here; then the Service web of the namespace shop
 *     web.shop.svc[.cluster.local]            the Service
 *     db-0.db.shop.svc.cluster.local          the endpoint db-0 of the Service db
 *     127-1-0-7.shop.pod.cluster.local        the pod with that address
 */

const domain = "cluster.local";

/** So many names may stand for each other (ExternalNames that lead to ExternalNames). */
export const mostAliases = 8;

export type HostReading =
  | { readonly kind: "service"; readonly namespace: string; readonly name: string }
  | {
      readonly kind: "endpoint";
      readonly namespace: string;
      readonly name: string;
      /** The hostname of a pod, or an address with dashes. */
      readonly host: string;
    }
  | { readonly kind: "pod"; readonly namespace: string; readonly address: string };

/** All readings in the order in which they are tried; none for what cannot be a name of the cluster. */
export function hostReadings(host: string, namespace: string): readonly HostReading[] {
  if (host.length > 253 || !/^[a-z0-9_]([-a-z0-9_.]*[a-z0-9_])?\.?$/i.test(host)) return [];
  const name = host.toLowerCase();
  const full = name.endsWith(".")
    ? [name.slice(0, -1)]
    : [`${name}.${namespace}.svc.${domain}`, `${name}.svc.${domain}`, `${name}.${domain}`, name];
  return full.flatMap(readingOf);
}

function readingOf(name: string): HostReading[] {
  if (!name.endsWith(`.${domain}`)) return [];
  const labels = name.slice(0, -domain.length - 1).split(".");
  const [kind, namespace = "", last = "", host, ...more] = labels.toReversed();
  if (last === "" || more.length > 0) return [];
  if (kind === "svc" && host === undefined) return [{ kind: "service", namespace, name: last }];
  if (kind === "svc" && host !== undefined) return [{ kind: "endpoint", namespace, name: last, host }];
  const isAddress = kind === "pod" && host === undefined && /^\d+(-\d+){3}$/.test(last);
  return isAddress ? [{ kind: "pod", namespace, address: last.replaceAll("-", ".") }] : [];
}

/**
 * How the programs of a pod look names up: what the kubelet writes into /etc/resolv.conf and /etc/hosts by `dnsPolicy`, `dnsConfig` and
 * `hostAliases`, for that file (volumes/own-files.ts) and for the sockets of the pod's threads (worker/sockets/host-names.ts) alike.
 */
import type { Pod } from "../../resources/index.ts";
import { clusterServer, type PodNames } from "../../worker/index.ts";

/** What /etc/resolv.conf says. */
export interface ResolverConfig {
  readonly searches: readonly string[];
  readonly servers: readonly string[];
  /** `ndots:5` and the like. */
  readonly options: readonly string[];
}

const clusterDots = 5;

/** Undefined where it is the machine's own. */
export function resolverConfigOf({ metadata, spec }: Pod): ResolverConfig | undefined {
  const { dnsConfig = {} } = spec;
  const policy = policyOf(spec);
  if (policy === "Default") return undefined;
  const isOwn = policy === "None";
  const searches = [...(isOwn ? [] : domainsOf(metadata.namespace)), ...(dnsConfig.searches ?? [])];
  const servers = [...(isOwn ? [] : [clusterServer]), ...(dnsConfig.nameservers ?? [])];
  const asked = (dnsConfig.options ?? []).flatMap(({ name = "", value }) =>
    name === "" ? [] : [value ? `${name}:${value}` : name],
  );
  const hasDots = asked.some(option => option.startsWith("ndots:"));
  const options = [...(isOwn || hasDots ? [] : [`ndots:${clusterDots}`]), ...asked];
  return { searches: [...new Set(searches)], servers, options };
}

/** Undefined where it is as it mostly is: the cluster's DNS with its own search domains, and no aliases. */
export function podNamesOf(pod: Pod): PodNames | undefined {
  const { dnsConfig, hostAliases = [] } = pod.spec;
  const policy = policyOf(pod.spec);
  if (policy === "ClusterFirst" && !dnsConfig && hostAliases.length === 0) return undefined;
  const aliases = new Map<string, string[]>();
  for (const { ip, hostnames = [] } of hostAliases)
    for (const name of hostnames)
      aliases.set(name.toLowerCase(), [...(aliases.get(name.toLowerCase()) ?? []), ip]);
  // The machine's own configuration is the machine's resolver's to read: only what is said beside it is ours.
  const { searches, servers, options } = resolverConfigOf(pod) ?? {
    searches: dnsConfig?.searches ?? [],
    servers: [],
    options: (dnsConfig?.options ?? []).map(({ name, value }) => `${name}:${value}`),
  };
  const isClusters = servers.includes(clusterServer);
  const dots = options.findLast(option => option.startsWith("ndots:"))?.slice("ndots:".length);
  const ndots = dots === undefined ? 1 : Number.parseInt(dots, 10) || 0;
  const own = domainsOf(pod.metadata.namespace);
  const isUsual = isClusters && ndots >= clusterDots && searches.join() === own.join();
  return {
    aliases: Object.fromEntries(aliases),
    isClusters,
    servers,
    ...(!isUsual && { search: { domains: searches, ndots } }),
  };
}

function policyOf({ dnsPolicy = "ClusterFirst", hostNetwork }: Pod["spec"]): string {
  if (dnsPolicy === "ClusterFirstWithHostNet") return "ClusterFirst";
  // On the machine's network a pod asks the machine's resolver, unless it says otherwise.
  return dnsPolicy === "ClusterFirst" && hostNetwork === true ? "Default" : dnsPolicy;
}

function domainsOf(namespace = "default"): readonly string[] {
  return [`${namespace}.svc.cluster.local`, "svc.cluster.local", "cluster.local"];
}

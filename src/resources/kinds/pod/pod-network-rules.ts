/** What must be right in the names of a pod on the network, and in how it looks up those of others. */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, required, tooLong } from "../../faults.ts";
import type { PodDNSConfig, PodSpec } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain } from "../../names.ts";
import { addressFaults } from "../networking/index.ts";

/** What Linux can hold: of a machine's name, and in its resolvers. */
const longestHostname = 64;
const mostServers = 3;
const mostSearches = 32;
const longestSearches = 2048;

export function podNetworkFaults(spec: PodSpec, field: string): Cause[] {
  const { hostname, subdomain, hostAliases = [], dnsPolicy, dnsConfig } = spec;
  return [
    ...(hostname ? misnamed(dnsLabel, hostname, `${field}.hostname`) : []),
    ...(subdomain ? misnamed(dnsLabel, subdomain, `${field}.subdomain`) : []),
    ...overrideFaults(spec, `${field}.hostnameOverride`),
    ...hostAliases.flatMap(({ ip, hostnames = [] }, i) => {
      const path = `${field}.hostAliases[${i}]`;
      return [
        ...(ip === undefined ? [] : addressFaults(ip, `${path}.ip`)),
        ...hostnames.flatMap((name, j) => misnamed(dnsSubdomain, name, `${path}.hostnames[${j}]`)),
      ];
    }),
    ...lookUpFaults(dnsPolicy, dnsConfig, `${field}.dnsConfig`),
  ];
}

/** A whole name instead of all others: none of the machine, and none that is put together. */
function overrideFaults({ hostnameOverride: name, hostNetwork, setHostnameAsFQDN }: PodSpec, field: string) {
  if (name === undefined) return [];
  const others = Object.entries({ hostNetwork, setHostnameAsFQDN }).filter(([, isSet]) => isSet);
  return [
    ...misnamed(dnsSubdomain, name, field),
    ...(name.length > longestHostname ? [tooLong(field, longestHostname)] : []),
    ...others.map(([other]) => forbidden(field, `may not be set when \`${other}\` is true`)),
  ];
}

/** Who leaves nothing to the cluster has to say whom to ask instead. */
function lookUpFaults(policy: string | undefined, config: PodDNSConfig | undefined, field: string): Cause[] {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === "None" && !config)
    return [required(field, "must provide `dnsConfig` when `dnsPolicy` is None")];
  if (policy === "None" && nameservers.length === 0) {
    const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    return [required(`${field}.nameservers`, detail)];
  }
  const causes: Cause[] = [];
  if (nameservers.length > mostServers) {
    const detail = `must not have more than ${mostServers} nameservers`;
    causes.push(invalidValue(`${field}.nameservers`, nameservers, detail));
  }
  nameservers.forEach((address, i) => {
    causes.push(...addressFaults(address, `${field}.nameservers[${i}]`));
  });
  if (searches.length > mostSearches) {
    const detail = `must not have more than ${mostSearches} search paths`;
    causes.push(invalidValue(`${field}.searches`, searches, detail));
  }
  if (searches.join(" ").length > longestSearches) {
    const detail = `must not have more than ${longestSearches} characters (including spaces) in the search list`;
    causes.push(invalidValue(`${field}.searches`, searches, detail));
  }
  searches.forEach((search, i) => {
    if (search !== ".") causes.push(...searchFaults(search.replace(/\.$/, ""), `${field}.searches[${i}]`));
  });
  options.forEach(({ name }, i) => {
    if (!name) causes.push(required(`${field}.options[${i}]`, "must not be empty"));
  });
  return causes;
}

const part = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const searchFormat = `${part}(\\.${part})*`;
const searchPattern = new RegExp(`^${searchFormat}$`);
const longestDomain = 253;

/** A domain to look in: unlike others it may have underscores. */
function searchFaults(search: string, field: string): Cause[] {
  const wrong: string[] = [];
  if (search.length > longestDomain) wrong.push(`must be no more than ${longestDomain} bytes`);
  if (!searchPattern.test(search))
    wrong.push(
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${searchFormat}')`,
    );
  return wrong.map(each => invalidValue(field, search, each));
}

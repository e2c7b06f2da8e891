/**
 * What must be right in the addresses of a Service and in their families, as in Kubernetes' `ValidateServiceClusterIPsRelatedFields`
 * and in what gives addresses out: a list of at most two, one of each family. Told before all else, because an address is given out first.
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, invalidValue, notSupported } from "../../faults.ts";
import type { ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { addressFaults } from "./addresses.ts";

const families = ["IPv4", "IPv6"];
const mostAddresses = 2;

/** The first of these that finds anything says all of it: what follows builds on it. */
export function serviceAddressFaults(spec: ServiceSpec): Cause[] {
  if (spec.type === "ExternalName") return [];
  for (const faultsOf of [listFaults, stackFaults, unconfiguredFaults]) {
    const causes = faultsOf(spec);
    if (causes.length > 0) return causes;
  }
  return [];
}

export function isHeadless({ clusterIPs = [] }: ServiceSpec): boolean {
  return clusterIPs.length === 1 && clusterIPs[0] === "None";
}

function listFaults(spec: ServiceSpec): Cause[] {
  const { clusterIP = "", clusterIPs = [], ipFamilies = [] } = spec;
  const told = (detail: string) => invalidValue("spec.clusterIPs", clusterIPs, detail);
  const causes: Cause[] = [];
  if (clusterIP === "" && clusterIPs.length > 0)
    causes.push(told("must be empty when `clusterIP` is not specified"));
  else if (clusterIP !== (clusterIPs[0] ?? "")) causes.push(told("first value must match `clusterIP`"));
  ipFamilies.forEach((family, i) => {
    const path = `spec.ipFamilies[${i}]`;
    if (!families.includes(family)) causes.push(notSupported(path, family, families));
    if (ipFamilies.indexOf(family) < i) causes.push(duplicate(path, family));
  });
  const misplaced = clusterIPs[0] === "None" && clusterIPs.length > 1;
  if (misplaced) causes.push(told("'None' must be the first and only value"));
  const wrong = clusterIPs.flatMap((address, i) =>
    address === "None" && i === 0 ? [] : addressFaults(address, `spec.clusterIPs[${i}]`),
  );
  causes.push(...wrong);
  if (clusterIPs.length > mostAddresses) causes.push(told("may only hold up to 2 values"));
  if (misplaced || wrong.length > 0) return causes;
  const found = clusterIPs.map(familyOf);
  if (clusterIPs.length > 1 && (new Set(found).size < 2 || clusterIPs.length > mostAddresses))
    causes.push(told("may specify no more than one IP for each IP family"));
  return isHeadless(spec) ? causes : causes.concat(otherFamilyFaults(spec));
}

function familyOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}

function otherFamilyFaults({ clusterIPs = [], ipFamilies = [] }: ServiceSpec): Cause[] {
  return clusterIPs.flatMap((address, i) => {
    const family = ipFamilies[i];
    if (family === undefined || !families.includes(family) || family === familyOf(address)) return [];
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    return [invalidValue(`spec.clusterIPs[${i}]`, address, detail)];
  });
}

/** With one family there is one address. */
function stackFaults({ ipFamilyPolicy, clusterIPs = [], ipFamilies = [] }: ServiceSpec): Cause[] {
  if (ipFamilyPolicy !== "SingleStack") return [];
  const lists = [
    { list: clusterIPs, name: "cluster IPs" },
    { list: ipFamilies, name: "IP families" },
  ];
  return lists
    .filter(({ list }) => list.length === mostAddresses)
    .map(({ name }) => {
      const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${name} are specified`;
      return invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy, detail);
    });
}

/** The cluster has addresses of IPv4 alone. A headless Service without a selector is given none, so it may name any family. */
function unconfiguredFaults({ clusterIP, selector, ipFamilyPolicy, ipFamilies = [] }: ServiceSpec): Cause[] {
  // That an address is of the other family is told where addresses are given out.
  if ((clusterIP === "None" && !selector) || clusterIP?.includes(":")) return [];
  const causes = ipFamilies.flatMap((family, i) =>
    family === "IPv4"
      ? []
      : [invalidValue(`spec.ipFamilies[${i}]`, family, "not configured on this cluster")],
  );
  if (ipFamilyPolicy !== "RequireDualStack") return causes;
  const detail = "this cluster is not configured for dual-stack services";
  return [invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy, detail), ...causes];
}

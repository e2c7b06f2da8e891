/**
 * From which blocks Services get their addresses: the cluster's own, and those of the ServiceCIDRs that people have added and that are
 * ready. And which addresses an IPAddress keeps for something that is no Service.
 */
import type { KindReader } from "../../definition/index.ts";
import type { IPAddress, Service, ServiceCIDR } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { ipv4Range } from "./address-block.ts";

/** The cluster's own block, and the name of the ServiceCIDR that says so. */
export const ownServiceBlock = "10.96.0.0/16";
export const ownServiceCidr = "kubernetes";

/** Who keeps the IPAddresses of Services, as their labels say. */
export const allocatorLabels = {
  "ipaddress.kubernetes.io/ip-family": "IPv4",
  "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
} as const;

/** Of IPv4: the cluster has one family of addresses. The cluster's own comes first. */
export function serviceBlocks(reader: Pick<KindReader, "list"> | undefined): readonly string[] {
  const added = ((reader?.list("ServiceCIDR") ?? []) as readonly ServiceCIDR[]).filter(isUsable);
  const blocks = added.flatMap(({ spec }) => spec?.cidrs ?? []).filter(block => !block.includes(":"));
  return [...new Set([ownServiceBlock, ...blocks])];
}

/** Nothing is given out of one that is to go. */
function isUsable({ metadata, status }: ServiceCIDR): boolean {
  const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return metadata.deletionTimestamp === undefined && isReady === true;
}

/**
 * All addresses of the block that can be given out, beginning anywhere: without the first (the network's), the last (the broadcast's), and
 * in the cluster's own block the second (the API server's).
 * @param from where to begin, any number from 0
 */
export function* addressesIn(block: string, from: number): Generator<string> {
  const { first, count } = ipv4Range(block) ?? { first: 0, count: 0 };
  const skipped = block === ownServiceBlock ? 2 : 1;
  const usable = count - skipped - 1;
  for (let i = 0; i < usable; i++) yield addressText(first + skipped + ((from + i) % usable));
}

function addressText(number: number): string {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join(".");
}

/** Whether an IPAddress that the allocator does not keep has it, for something else than this Service. */
export function isReserved(
  address: string,
  { metadata }: Draft<Service>,
  reader: Pick<KindReader, "get"> | undefined,
): boolean {
  const kept = reader?.get("IPAddress", "", address) as IPAddress | undefined;
  if (!kept || kept.metadata.labels?.[managedBy] === allocatorLabels[managedBy]) return false;
  const { group = "", resource, namespace, name } = kept.spec?.parentRef ?? {};
  const isOwn =
    group === "" && resource === "services" && namespace === metadata.namespace && name === metadata.name;
  return !isOwn;
}

const managedBy = "ipaddress.kubernetes.io/managed-by";

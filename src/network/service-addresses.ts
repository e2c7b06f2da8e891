/** Which Service has an address: its ClusterIPs, external IPs and those of its load balancer. */
import type { Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { AddressIndex } from "./address-index.ts";

export class ServiceAddresses extends AddressIndex<"Service"> {
  constructor(store: StoreReads) {
    super(store, "Service", addressesOf);
  }
}

/** All addresses under which the Service can be connected to. */
export function addressesOf({ spec, status }: Service): readonly string[] {
  const { clusterIP, clusterIPs = [], externalIPs = [] } = spec ?? {};
  const balanced = (status?.loadBalancer?.ingress ?? [])
    // Of a balancer that is a proxy (KEP-1860) the address is no way around it: it may be this machine's own.
    .flatMap(({ ip, ipMode }) => (ip === undefined || ipMode === "Proxy" ? [] : [ip]));
  const all = [clusterIP ?? "", ...clusterIPs, ...externalIPs, ...balanced];
  return [...new Set(all)].filter(address => address !== "" && address !== "None");
}

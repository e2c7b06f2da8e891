/** The door of dns/: the DNS server of the cluster. */
export { type DnsOptions, type DnsServing, serveDns } from "./server.ts";

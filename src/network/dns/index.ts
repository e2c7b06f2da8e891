/** The door of dns/: the DNS server of the cluster, and its records for who asks without packets. */
export { addressesIn, recordsDependOn, recordsOf } from "./found-records.ts";
export { type DnsOptions, type DnsServing, serveDns } from "./server.ts";
export { type ZoneFacts, zoneAnswer } from "./zone.ts";

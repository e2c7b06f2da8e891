/** The door of network/: which thread talks to which, and how Services are reached from outside. */
export type { Attachment } from "./attachment.ts";
export type { DnsOptions, DnsServing } from "./dns/index.ts";
export { Entrances } from "./entrances.ts";
export { ingressClass } from "./ingress/index.ts";
export { Network } from "./network.ts";
export type { Denial } from "./policy/index.ts";

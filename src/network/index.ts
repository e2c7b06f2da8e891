/** The door of network/: which thread talks to which. */
export type { Attachment } from "./attachment.ts";
export type { DnsOptions, DnsServing } from "./dns/index.ts";
export { Network } from "./network.ts";
export type { Denial } from "./policy/index.ts";

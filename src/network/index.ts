/** The door of network/: which thread talks to which. */
export type { Attachment, Identity } from "./attachment.ts";
export { Network, type NetworkOptions } from "./network.ts";
export type { ResourceCalls } from "./resource-calls.ts";

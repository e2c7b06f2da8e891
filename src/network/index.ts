/** The door of network/: who talks to whom. */
export type { Attachment, Identity } from "./attachment.ts";
export { Network, type NetworkOptions } from "./network.ts";
export type { ResourceCalls } from "./resource-calls.ts";

/** The door of network/: who talks to whom. */
export type { Attachment, Identity } from "./attachment.ts";
export { Network, type NetworkOptions, type ResourceCalls } from "./network.ts";

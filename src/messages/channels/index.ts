/** The door of channels/: what connects this thread with each other thread, one channel for each. */
export type { Channel } from "./channel.ts";
export { Channels } from "./channels.ts";

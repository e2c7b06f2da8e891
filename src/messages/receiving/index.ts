/** The door of receiving/: messages that have come, from the port to the answer. */
export { Inbox } from "./inbox.ts";
export type { Incoming } from "./incoming.ts";
export { Receiving } from "./receiving.ts";
export { Unanswered } from "./unanswered.ts";

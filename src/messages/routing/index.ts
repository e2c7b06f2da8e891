/** The door of routing/: from the name that a message is sent to, to the channel that takes it. */
export { Outbox } from "./outbox.ts";

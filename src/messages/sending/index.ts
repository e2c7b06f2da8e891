/** The door of sending/: messages that wait for an answer, from the call until the promise is settled. */
export { Deadlines } from "./deadlines.ts";
export { again, PendingMessage } from "./pending-message.ts";
export { MOST_WAITING, Sending } from "./sending.ts";
export { snapshot } from "./snapshot.ts";

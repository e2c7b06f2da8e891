/** The door of ports/: what carries posted values from one thread or process to another, and when what was written is posted. */

export { LARGEST_TO_MAIN, largestTo, measured, notCloneable } from "./cloneable.ts";
export { FEW, FlushScheduler } from "./flush-scheduler.ts";
export { frameOf, readFrames } from "./framing.ts";
export { Outgoing } from "./outgoing.ts";
export type { Port, Transferable } from "./port.ts";
export { postedBytes, postedValue, UNREADABLE } from "./posted-bytes.ts";
export { ipcOver } from "./socket-ipc.ts";
export { type Ipc, Tunnel } from "./tunnel.ts";
export { LARGE_WINDOW, WINDOW, Window } from "./window.ts";

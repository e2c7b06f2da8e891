/**
 * The least that the data plane asks of a connection between two threads. A MessagePort of node:worker_threads is one
 * as it is; a tunnel offers the same over the IPC of a child process.
 *
 * Its promises: messages arrive in the order in which they were posted; `postMessage` throws when the value cannot be
 * cloned, and then nothing was posted; `close` is reported at both ends, once, after every message that the other end
 * had posted; posting on a closed port does nothing.
 */
export interface Port {
  postMessage(value: unknown, transfer?: readonly Transferable[]): void;
  on(event: "message", listener: (value: unknown) => void): unknown;
  /** Instead of a message: one was posted that cannot be built again on this side. */
  on(event: "messageerror", listener: () => void): unknown;
  on(event: "close", listener: () => void): unknown;
  close(): void;
  /** Lets the connection hold its thread alive, as it does from the first `on("message")`. */
  ref(): void;
  /** Lets the thread end although the connection is open. */
  unref(): void;
}

/**
 * What can be handed over instead of copied: ArrayBuffers, MessagePorts and whatever else Node can transfer. The name that
 * `@types/node` has for it changes between the versions of Node that are supported; what a Worker takes is in all of them.
 */
export type Transferable = NonNullable<
  Parameters<import("node:worker_threads").Worker["postMessage"]>[1]
>[number];

/**
 * What is to be done when a socket of the program closes. It has one listener of ours for all of that: Node warns of a socket with more than
 * ten, and these are the program's own.
 */
import type { Socket } from "node:net";

const waiting = new WeakMap<Socket, Set<() => void>>();

/** @returns takes it back */
export function onceClosed(socket: Socket, call: () => void): () => void {
  const calls = waiting.get(socket) ?? new Set();
  if (calls.size === 0) {
    waiting.set(socket, calls);
    socket.once("close", closed);
  }
  calls.add(call);
  return () => {
    if (calls.delete(call) && calls.size === 0) socket.off("close", closed);
  };
}

function closed(this: Socket): void {
  const calls = waiting.get(this);
  waiting.delete(this);
  for (const call of calls ?? []) call();
}

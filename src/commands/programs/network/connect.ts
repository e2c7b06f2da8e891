/**
 * Connections from the programs of a container. They go by Node's own sockets, which in a container lead to other pods
 * (worker/sockets/).
 */
import type { Socket } from "node:net";
import { onAbort } from "../../../outside/index.ts";
import { connectTo } from "../../../worker/index.ts";

/** No name of the cluster, and none outside. */
export class UnknownHost extends Error {
  constructor(host: string) {
    super(`bad address '${host}'`);
    this.name = "UnknownHost";
  }
}

/** Rejects with an UnknownHost, or as Node's connect does. */
export async function connect(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  try {
    return untilAborted(await connectTo({ host, port }, signal), signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOTFOUND" || code === "EAI_AGAIN" ? new UnknownHost(host) : error;
  }
}

/** To a Unix socket of the container. Rejects as Node's connect does. */
export async function connectToPath(path: string, signal: AbortSignal): Promise<Socket> {
  return untilAborted(await connectTo({ path }, signal), signal);
}

/** A program that is to end has no connection left. Of one that breaks off the program sees the end, whatever the error. */
function untilAborted(socket: Socket, signal: AbortSignal): Socket {
  socket.on("error", () => {});
  if (signal.aborted) return socket.destroy(signal.reason as Error);
  const takeBack = onAbort(signal, () => socket.destroy(signal.reason as Error));
  return socket.once("close", takeBack);
}

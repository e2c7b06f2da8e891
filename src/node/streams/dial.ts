/** A connection to a port that a container listens on: for port-forward, proxies and probes. */
import type { Socket } from "node:net";
import { onAbort } from "../../outside/index.ts";

/** A duplex stream of bytes. Rejects as Node's connect does, or with the reason of the signal. */
export function dial(podIP: string, port: number, signal?: AbortSignal): Promise<Socket> {
  return onEither(podIP, host => connectTo(host, port, signal));
}

/** Tries the pod's own address first, then the machine's: a server may listen on either. */
export async function onEither<T>(podIP: string, tryHost: (host: string) => Promise<T>): Promise<T> {
  try {
    return await tryHost(podIP);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "EADDRNOTAVAIL" || code === "EHOSTUNREACH")
      return tryHost("127.0.0.1");
    throw error;
  }
}

export async function connectTo(host: string, port: number, signal?: AbortSignal): Promise<Socket> {
  signal?.throwIfAborted();
  // Loaded when it is needed: most pods are never connected to.
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const takeBack = onAbort(signal, () => socket.destroy(signal?.reason as Error));
    socket.once("error", reject);
    socket.once("close", takeBack);
    socket.once("connect", () => {
      takeBack();
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

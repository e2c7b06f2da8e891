/**
 * Where a port of a pod is listened on: a Unix socket in a folder of the cluster, or a named pipe on Windows. So every pod can
 * listen on port 80, without any rights and beside the cluster of a neighbour, and on every system. The node connects there
 * first, and so do the programs of other pods; an ordinary server listens on the pod's loopback address, or on all of the machine.
 * One that listens on 127.0.0.1 shares that address with every service of the machine.
 */

import type { Socket } from "node:net";
import { onAbort } from "../outside/index.ts";

/** The sockets of a cluster as one of its pods sees them. */
export interface PodSockets {
  /** What all their paths begin with. */
  readonly prefix: string;
  /** The pod's own address. */
  readonly podIP: string;
}

/** At most some 90 characters: systems allow 103. */
export function socketPath(prefix: string, podIP: string, port: number): string {
  return `${prefix}${podIP}-${port}`;
}

/** Where to connect to: a socket or named pipe, or a port. */
type Address = { readonly path: string } | { readonly host: string; readonly port: number };

export interface Dialling {
  readonly signal?: AbortSignal | undefined;
  /** Whether 127.0.0.1 is the pod's as well, if nothing else listens. Default: true. */
  readonly isMachines?: boolean;
}

/** A connection to a port of a pod. Rejects as Node's connect does, or with the reason of the signal. */
export async function dialPod(
  prefix: string,
  podIP: string,
  port: number,
  { signal, isMachines = true }: Dialling = {},
): Promise<Socket> {
  const addresses: readonly Address[] = [
    { path: socketPath(prefix, podIP, port) },
    { host: podIP, port },
    ...(isMachines ? [{ host: "127.0.0.1", port }] : []),
  ];
  let problem: unknown;
  for (const address of addresses) {
    try {
      return await connectTo(address, signal);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!nothingThere.has(code)) throw error;
      problem = error;
    }
  }
  throw problem;
}

const nothingThere: ReadonlySet<string> = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "EHOSTUNREACH",
]);

/** The signal ends the attempt; what becomes of the connection is the caller's. */
export async function connectTo(address: Address, signal?: AbortSignal): Promise<Socket> {
  signal?.throwIfAborted();
  // Loaded when it is needed: most pods are never connected to.
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    const socket = connect(address);
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

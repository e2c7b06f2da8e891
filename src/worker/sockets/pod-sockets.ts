/**
 * Where a port of a pod is listened on: a Unix socket in a folder of the cluster, or a named pipe on Windows. So every pod can
 * listen on port 80, without any rights and beside the cluster of a neighbour, and on every system. The node connects there, and so do
 * the programs of other pods. A server that is no program of Node's own (one in Python that a container starts) listens on the
 * machine: on the pod's address where the system has that, or on 127.0.0.1, which it shares with every service of the machine.
 */

import type { Socket } from "node:net";
import { dirname } from "node:path";
import { onAbort } from "../../outside/index.ts";
import { encodeHead, takeHead } from "./connection-head.ts";
import type { PodNames } from "./host-names.ts";

/** The sockets of a cluster as one of its pods sees them. */
export interface PodSockets {
  /** What all their paths begin with. */
  readonly prefix: string;
  /** The pod's own address. */
  readonly podIP: string;
  /** The pod's uid. Threads and processes that a program starts say it; without it they know only the pod itself. */
  readonly uid?: string;
  /** What the pod calls itself; as its variable HOSTNAME says where left out. */
  readonly hostname?: string;
  /** How it looks names up; as most pods do where left out. */
  readonly names?: PodNames | undefined;
}

/** Where they ask what hosts mean (network/inner-peers.ts). */
export const innerPath = (prefix: string): string => `${prefix}inner`;

/** At most some 90 characters: systems allow 103. */
export function socketPath(prefix: string, podIP: string, port: number): string {
  return `${prefix}${podIP}-${port}`;
}

/** The socket of a server that listens on 127.0.0.1: only its own pod connects there, and who forwards a port into the pod. */
export function loopbackPath(prefix: string, podIP: string, port: number): string {
  return `${prefix}${podIP}-${port}-lo`;
}

/** Where to connect to: a socket or named pipe, or a port. */
type Address = { readonly path: string } | { readonly host: string; readonly port: number };

export interface Dialling {
  readonly signal?: AbortSignal | undefined;
  /** Whether what listens on 127.0.0.1, of the pod or of the machine, is connected to as well. Default: true. */
  readonly isMachines?: boolean;
  /** Of the machine's port in particular: false where something else is known to listen there. Default: as `isMachines`. */
  readonly isMachinesPort?: boolean;
  /** Who the pod is told that connects. Default: 127.0.0.1. */
  readonly from?: string | undefined;
  /** Its port; one that stands for nothing where left out. */
  readonly fromPort?: number | undefined;
}

/** A connection to a port of a pod. Rejects as Node's connect does, or with the reason of the signal. */
export async function dialPod(
  prefix: string,
  podIP: string,
  port: number,
  {
    signal,
    isMachines = true,
    isMachinesPort = isMachines,
    from = "127.0.0.1",
    fromPort = anyPort(),
  }: Dialling = {},
): Promise<Socket> {
  const addresses: readonly Address[] = [
    { path: socketPath(prefix, podIP, port) },
    ...(isMachines ? [{ path: loopbackPath(prefix, podIP, port) }] : []),
    { host: podIP, port },
    ...(isMachinesPort ? [{ host: "127.0.0.1", port }] : []),
  ];
  let problem: unknown;
  for (const address of addresses) {
    try {
      const socket = await connectTo(address, signal);
      if ("path" in address) socket.write(encodeHead({ from, fromPort, to: podIP }));
      return socket;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!nothingThere.has(code)) throw error;
      problem = error;
    }
  }
  throw problem;
}

/** Listens at a port of an address as a pod does. What it takes says of its two ends what its client has said. Resolves to what ends it. */
export async function listenAt(
  prefix: string,
  address: string,
  port: number,
  take: (socket: Socket) => void,
): Promise<() => Promise<void>> {
  const { createServer } = await import("node:net");
  const { mkdir } = await import("node:fs/promises");
  const path = socketPath(prefix, address, port);
  if (process.platform !== "win32") await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const server = createServer({ allowHalfOpen: true }, socket => {
    takeHead(socket, ({ from, fromPort }) => {
      const ends = { remoteAddress: from, remotePort: fromPort, localAddress: address, localPort: port };
      for (const [name, value] of Object.entries(ends)) Object.defineProperty(socket, name, { value });
      take(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  return () => new Promise(resolve => server.close(() => resolve()));
}

const nothingThere: ReadonlySet<string> = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "EHOSTUNREACH",
]);

/** A port that a client may have: it stands for nothing. */
function anyPort(): number {
  return 32_768 + Math.floor(Math.random() * 28_232);
}

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

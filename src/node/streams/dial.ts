/**
 * Connections to the ports that containers listen on: for port-forward, proxies and probes. A port of a pod is a socket in a
 * folder of the cluster (worker/pod-sockets.ts); an ordinary server listens on the pod's loopback address, or on all of the machine.
 */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { onAbort } from "../../outside/index.ts";
import { socketPath } from "../../worker/index.ts";

/** The ports of all pods of a cluster, for as long as one of its nodes uses them. */
export class PodPorts {
  /** What the paths of the sockets begin with. Whatever listens first makes the folder. */
  readonly prefix: string;
  readonly #folder: string | undefined;
  #users = 0;

  constructor() {
    // Not of the cluster's own chance: two clusters may have the same seed.
    const name = `k4s-${randomBytes(6).toString("hex")}`;
    this.#folder = process.platform === "win32" ? undefined : join(tmpdir(), name);
    this.prefix = this.#folder === undefined ? `\\\\.\\pipe\\${name}-` : `${this.#folder}${sep}`;
  }

  hold(): void {
    this.#users++;
  }

  /** The last one leaves nothing behind. */
  async release(): Promise<void> {
    this.#users--;
    if (this.#users === 0 && this.#folder !== undefined)
      await rm(this.#folder, { recursive: true, force: true });
  }

  /** A duplex stream of bytes. Rejects as Node's connect does, or with the reason of the signal. */
  async dial(podIP: string, port: number, signal?: AbortSignal): Promise<Socket> {
    const places = [
      { path: socketPath(this.prefix, podIP, port) },
      { host: podIP, port },
      { host: "127.0.0.1", port },
    ];
    let problem: unknown;
    for (const place of places) {
      try {
        return await connectTo(place, signal);
      } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        if (!nobodyThere.has(code)) throw error;
        problem = error;
      }
    }
    throw problem;
  }
}

const nobodyThere: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "EADDRNOTAVAIL", "EHOSTUNREACH"]);

export async function connectTo(
  place: { readonly path: string } | { readonly host: string; readonly port: number },
  signal?: AbortSignal,
): Promise<Socket> {
  signal?.throwIfAborted();
  // Loaded when it is needed: most pods are never connected to.
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    const socket = connect(place);
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

/**
 * Connections from the programs of a container: names and addresses of the cluster lead to the ports of pods, all others
 * out of it. A port of a pod is a socket in the cluster's folder (../../pod-sockets.ts), or a port of this machine.
 */
import type { Socket } from "node:net";
import type { ExecWorld, Found } from "../../worker/index.ts";
import { socketPath } from "../../worker/index.ts";

/** No name of the cluster, and none outside. */
export class UnknownHost extends Error {
  constructor(host: string) {
    super(`bad address '${host}'`);
    this.name = "UnknownHost";
  }
}

/** Rejects with an UnknownHost, or as Node's connect does. */
export async function connectTo(
  host: string,
  port: number,
  world: Pick<ExecWorld, "lookUp" | "sockets">,
  signal: AbortSignal,
): Promise<Socket> {
  const { prefix } = world.sockets;
  const found = await resolve(host, port, world);
  if (!found) return open({ host, port }, signal);
  const { endpoints } = found;
  const chosen = endpoints[Math.floor(Math.random() * endpoints.length)];
  if (!chosen) throw Object.assign(new Error("Connection refused"), { code: "ECONNREFUSED" });
  const { podIP, port: target } = chosen;
  const places = [{ path: socketPath(prefix, podIP, target) }, { host: podIP, port: target }];
  let problem: unknown;
  for (const place of [...places, { host: "127.0.0.1", port: target }]) {
    try {
      return await open(place, signal);
    } catch (error) {
      if (!["ENOENT", "ECONNREFUSED", "EADDRNOTAVAIL"].includes((error as NodeJS.ErrnoException).code ?? ""))
        throw error;
      problem = error;
    }
  }
  throw problem;
}

/** Where a name of the cluster leads, that of the pod itself included; undefined where it is none. */
export async function resolve(
  host: string,
  port: number,
  { lookUp, sockets: { podIP } }: Pick<ExecWorld, "lookUp" | "sockets">,
): Promise<Found | undefined> {
  const own = ["localhost", "127.0.0.1", "::1", podIP, process.env.HOSTNAME];
  if (own.includes(host)) return { name: host, addresses: [podIP], endpoints: [{ podIP, port }] };
  return lookUp(host, port);
}

async function open(
  place: { readonly path: string } | { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    const socket = connect(place);
    const stop = () => socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", stop));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const isUnknown = error.code === "ENOTFOUND" || error.code === "EAI_AGAIN";
      reject(isUnknown && "host" in place ? new UnknownHost(place.host) : error);
    });
    socket.once("connect", () => resolve(socket));
  });
}

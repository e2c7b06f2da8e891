/**
 * Connections from the programs of a container: names and addresses of the cluster lead to the ports of pods, all others
 * out of it. A port of a pod is a socket in the cluster's folder (worker/pod-sockets.ts), or a port of this machine.
 */
import type { Socket } from "node:net";
import type { FoundName } from "../../../messages/index.ts";
import { onAbort } from "../../../outside/index.ts";
import { connectTo, dialPod, type ExecWorld } from "../../../worker/index.ts";

/** No name of the cluster, and none outside. */
export class UnknownHost extends Error {
  constructor(host: string) {
    super(`bad address '${host}'`);
    this.name = "UnknownHost";
  }
}

/** Rejects with an UnknownHost, or as Node's connect does. */
export async function connect(
  host: string,
  port: number,
  world: Pick<ExecWorld, "lookUp" | "sockets">,
  signal: AbortSignal,
): Promise<Socket> {
  const { prefix } = world.sockets;
  const found = await resolve(host, port, world);
  if (!found || found.outside !== undefined) return open(found?.outside ?? host, port, signal);
  const { endpoints } = found;
  const chosen = endpoints[Math.floor(Math.random() * endpoints.length)];
  if (!chosen) throw Object.assign(new Error("Connection refused"), { code: "ECONNREFUSED" });
  return untilAborted(await dialPod(prefix, chosen.podIP, chosen.port, { signal }), signal);
}

/** Where a name of the cluster leads, that of the pod itself included; undefined where it is none. */
export async function resolve(
  host: string,
  port: number,
  { lookUp, sockets: { podIP } }: Pick<ExecWorld, "lookUp" | "sockets">,
): Promise<FoundName | undefined> {
  const own = ["localhost", "127.0.0.1", "::1", podIP, process.env.HOSTNAME];
  if (own.includes(host)) return { name: host, addresses: [podIP], endpoints: [{ podIP, port }] };
  return lookUp(host, port);
}

async function open(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  try {
    return untilAborted(await connectTo({ host, port }, signal), signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOTFOUND" || code === "EAI_AGAIN" ? new UnknownHost(host) : error;
  }
}

/** A program that is to end has no connection left. Of one that breaks off the program sees the end, whatever the error. */
function untilAborted(socket: Socket, signal: AbortSignal): Socket {
  socket.on("error", () => {});
  if (signal.aborted) return socket.destroy(signal.reason as Error);
  const takeBack = onAbort(signal, () => socket.destroy(signal.reason as Error));
  return socket.once("close", takeBack);
}

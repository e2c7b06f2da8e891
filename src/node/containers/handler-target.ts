/**
 * What the handler of a probe or a hook is run for, what comes of it, and how it reaches a port: on the pod's own address, or on one
 * that it names.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../outside/index.ts";
import type { PodContainer } from "../../resources/index.ts";
import { connectTo } from "../../worker/index.ts";
import type { RunningContainer } from "../runtimes/index.ts";
import type { PodPorts } from "../streams/index.ts";

/**
 * What came of it; a failure says what was wrong. One that is unknown could not be asked at all: a kubelet tells of it, and draws no
 * conclusion.
 */
export type HandlerResult =
  | { readonly ok: true; readonly warning?: string }
  | { readonly ok: false; readonly problem: string; readonly isUnknown?: boolean };

/** The container that it is run for. */
export interface HandlerTarget {
  readonly container: PodContainer;
  readonly running: RunningContainer;
  readonly podIP: string;
  readonly ports: Pick<PodPorts, "dial">;
  readonly clock: Clock;
}

/** A port of this name is none of the container's. In the words of a kubelet, which takes it for a number then. */
export class UnknownPortError extends Error {
  constructor(port: string) {
    super(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
    this.name = "UnknownPortError";
  }
}

/**
 * A connection to the port. Another host than the pod may be named, but none outside of this machine. Rejects as Node's connect does,
 * with the reason of the signal, or with an UnknownPortError.
 */
export async function connection(
  { host, port }: { readonly host?: string; readonly port: number | string },
  { container, podIP, ports }: HandlerTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const number = portOf(port, container);
  if (host === undefined) return ports.dial(podIP, number, { signal });
  if (!/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host))
    throw new Error(`a probe only asks loopback addresses, not ${host}`);
  return connectTo({ host, port: number }, signal);
}

/** Throws an UnknownPortError. */
export function portOf(port: number | string, container: PodContainer): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined) throw new UnknownPortError(port);
  return named;
}

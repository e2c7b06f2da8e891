/** What a program asks of `connect`: to which host and port, in any of the ways in which Node lets it say so. */
import type { TcpNetConnectOpts } from "node:net";

/** A connection to a host and a port. */
export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly options: TcpNetConnectOpts;
  readonly callback: (() => void) | undefined;
}

/** Undefined where it is none to a host and a port, and where Node will say what is wrong with it. */
export function questionIn(args: readonly unknown[]): Asked | undefined {
  // Node's own callers hand over what they have read of their arguments already.
  const [first, second, ...more] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const options =
    typeof first === "object" && first !== null ? (first as TcpNetConnectOpts) : byPosition(first, second);
  if (!options || (options as { path?: unknown }).path) return undefined;
  const { host = "localhost", port } = options;
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  const isPort = typeof number === "number" && Number.isInteger(number) && number >= 0 && number < 65_536;
  if (!isPort || typeof host !== "string") return undefined;
  const callback = [second, ...more].findLast(each => typeof each === "function") as (() => void) | undefined;
  return { host: host || "localhost", port: number, options: { ...options, port: number }, callback };
}

function byPosition(port: unknown, host: unknown): TcpNetConnectOpts | undefined {
  const isPort = typeof port === "number" || (typeof port === "string" && /^\d+$/.test(port));
  return isPort ? { port: Number(port), ...(typeof host === "string" && { host }) } : undefined;
}

/** The errors of connections that fail, in Node's words: what a program sees is what it would see of TCP and DNS. */
import { constants } from "node:os";
import type { Way } from "./pod-network.ts";

/** Of a pod of another node that has ended, or whose node does not answer. */
const away = "EHOSTUNREACH";

/** Nothing listens there, or does not any more; or the pod is not there, or its node is not. */
export function isNothing({ code = "" }: NodeJS.ErrnoException): boolean {
  return nothing.has(code);
}

const nothing: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", away]);

/** What is told where nothing listens: the pod itself refuses, unless nobody could ask it. */
export function refusal({ code }: NodeJS.ErrnoException, way: Way): Error {
  return connectError(code === away ? away : "ECONNREFUSED", way);
}

/** The error as it would be of TCP: a path says nothing to a program. */
export function inWords(error: NodeJS.ErrnoException, way: Way): Error {
  return connectError(error.code === "EAGAIN" ? "ETIMEDOUT" : (error.code ?? "ECONNREFUSED"), way);
}

export function connectError(code: string, { address, port }: Pick<Way, "address" | "port">): Error {
  const errno = (constants.errno as Readonly<Record<string, number>>)[code];
  return Object.assign(new Error(`connect ${code} ${address}:${port}`), {
    ...(errno !== undefined && { errno: -errno }),
    code,
    syscall: "connect",
    address,
    port,
  });
}

/** Of an address that the program itself has in a list of those that it does not connect to. */
export function blocked(address: string): Error {
  return Object.assign(new Error(`IP(${address}) is blocked by net.BlockList`), { code: "ERR_IP_BLOCKED" });
}

/** As Node has it where a host has several addresses. */
export function oneOf(errors: readonly Error[]): Error {
  const [first] = errors;
  if (first && errors.length === 1) return first;
  return Object.assign(new AggregateError(errors), {
    code: (first as NodeJS.ErrnoException | undefined)?.code,
  });
}

/** Of a name: nothing has it, or nobody has said. */
export function notFound(hostname: string, isUnanswered = false): Error {
  const code = isUnanswered ? "EAI_AGAIN" : "ENOTFOUND";
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    errno: isUnanswered ? -3001 : -3008,
    code,
    syscall: "getaddrinfo",
    hostname,
  });
}

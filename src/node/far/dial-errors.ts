/** How it is told that a node could not be asked: as Go's dialler words it, for it is what clients of Kubernetes know and search for. */
import { ApiError } from "../../errors/index.ts";

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  ECONNRESET: "read: connection reset by peer",
  ENOTFOUND: "lookup: no such host",
};

/** `dial tcp 10.0.0.3:10250: connect: connection refused`. */
function dialText(authority: string, cause: unknown): string {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const why = words[code];
  return why === undefined
    ? `tls: failed to verify certificate: ${message}`
    : `dial tcp ${authority}: ${why}`;
}

/** A session or a connection could not be begun. */
export function notDialled(authority: string, cause: unknown): ApiError {
  return new ApiError("InternalError", `error dialing backend: ${dialText(authority, cause)}`, {}, { cause });
}

/** A request got no answer. */
export function notAnswered(method: "Get" | "Post", authority: string, path: string, cause: unknown) {
  const url = JSON.stringify(`https://${authority}${path}`);
  return new ApiError("InternalError", `${method} ${url}: ${dialText(authority, cause)}`, {}, { cause });
}

/** The connection to a node was cut in the middle. */
export function lostText(node: string): string {
  return `the connection to node ${node} was lost`;
}

/** As Node's connect fails. */
export function connectFailure(code: string, address: string, port: number): Error {
  return Object.assign(new Error(`connect ${code} ${address}:${port}`), {
    code,
    syscall: "connect",
    address,
    port,
  });
}

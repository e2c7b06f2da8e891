/** What went wrong between us and etcd: which server said or did what, and whether the request has certainly done nothing. */
import { ApiError, messageOf } from "../../../errors/index.ts";
import { fieldsOf } from "../../../outside/index.ts";
import type { ObjectKey } from "../../store.ts";

/** gRPC's numbers, as far as they are told apart here. */
export const code = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unauthenticated: 16,
} as const;

export class EtcdFault extends Error {
  /** gRPC's number; undefined where no answer came. */
  readonly code: number | undefined;
  /** Whether the request has certainly done nothing; otherwise it may have been carried out, or may be yet. */
  readonly didNothing: boolean;
  /** Whether the server is well that was asked, and another would have known no more. */
  readonly isThere: boolean;

  constructor(
    endpoint: string,
    problem: string,
    {
      code,
      didNothing,
      isThere = false,
      cause,
    }: { code?: number; didNothing: boolean; isThere?: boolean; cause?: unknown },
  ) {
    super(`etcd ${endpoint}: ${problem}`, { cause });
    this.name = "EtcdFault";
    this.code = code;
    this.didNothing = didNothing;
    this.isThere = isThere;
  }

  /** Whether another server may do better. */
  get isOfServer(): boolean {
    return this.code === undefined || this.code === 14 || this.code === 2 || this.code === 4;
  }
}

/** Whether its database is as large as it may be: it takes nothing any more until that is mended by hand. */
export function isOutOfSpace(fault: unknown): boolean {
  return (
    fault instanceof EtcdFault &&
    fault.code === code.resourceExhausted &&
    fault.message.includes("space exceeded")
  );
}

/** As Node calls it where a certificate is of an authority that is not known. */
const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What stands in the way of a connection, in words that name what can be done: OpenSSL's own are for who wrote it. */
export function connectionProblem(error: unknown): string {
  const { code, reason } = fieldsOf(error);
  if (typeof code === "string" && untrusted.has(code))
    return `${messageOf(error)}: who has signed its certificate is to be named (--etcd-ca-file)`;
  if (typeof code !== "string" || !code.startsWith("ERR_SSL_")) return messageOf(error);
  const said = typeof reason === "string" ? reason : code;
  // What the other end says of what it was shown comes as an alert.
  if (code.includes("_ALERT_"))
    return `it refuses our client certificate (${said}): it wants one that its --trusted-ca-file has signed (--etcd-cert-file, --etcd-key-file)`;
  if (code.includes("WRONG_VERSION_NUMBER"))
    return `it does not speak TLS (${said}): its URL begins with http`;
  return said;
}

/** What a client of the cluster is told, and what can be done about it. */
export function asApiError(fault: unknown): ApiError {
  if (fault instanceof ApiError) return fault;
  const message = messageOf(fault);
  const told = (advice: string) =>
    new ApiError("ServiceUnavailable", `${message}${advice}`, {}, { cause: fault });
  if (!(fault instanceof EtcdFault)) return told("");
  if (message.includes("request is too large"))
    return new ApiError(
      "RequestEntityTooLarge",
      `${message}: see --max-request-bytes of etcd`,
      {},
      { cause: fault },
    );
  if (isOutOfSpace(fault))
    return told(": its database is full; compact and defragment it, then etcdctl alarm disarm");
  if (message.includes("CommonName of client"))
    return told(
      ": it wants certificates and knows users; such an etcd takes here only a certificate without a common name (CN), beside --etcd-user",
    );
  if (message.includes("authentication failed")) return told(": the user or the password of etcd is wrong");
  if (message.includes("user name is empty")) return told(": etcd wants a user and a password");
  if (fault.code === code.permissionDenied)
    return told(": its user needs to read and write all that lies under the prefix, and compact_rev_key");
  return told("");
}

/** What a writer is told where nobody knows. */
export function undecided(key: ObjectKey | undefined, why: string): ApiError {
  const what = key ? `whether ${key.kind} "${key.name}" was written` : "whether it was written";
  return new ApiError("ServiceUnavailable", `${what} is not known: ${why}`);
}

/**
 * Why a node cannot join, or is not answered any more, in words that say what to do about it: what it was told to be is looked at before anything is
 * asked for, and certificates that are not believed are explained.
 */

import { capacity as capacityRule } from "../../api/index.ts";
import type { ServerConnection } from "../../client/index.ts";
import { ApiError, hasReason, messageOf } from "../../errors/index.ts";
import { type Clock, timestamp } from "../../outside/index.ts";
import { dnsSubdomain, labelKey, labelValue } from "../../resources/index.ts";
import type { JoinOptions } from "./join-options.ts";

type Told = Pick<JoinOptions, "token" | "capacity" | "labels" | "taints">;

/** Throws BadRequest for what no Node can be, and for what is no token, with all that is wrong. */
export function checkTold(name: string, { token, capacity, labels = {}, taints = [] }: Told): void {
  const faults = [
    ...dnsSubdomain(name).map(fault => `a node cannot be called ${JSON.stringify(name)} (--name): ${fault}`),
    ...(capacity === undefined ? [] : capacityRule(capacity, "capacity")),
    ...Object.entries(labels).flatMap(([key, value]) =>
      [...labelKey(key), ...labelValue(value)].map(fault => `the label ${key}=${value}: ${fault}`),
    ),
    ...taints.flatMap(({ key, value = "" }) =>
      [...labelKey(key), ...labelValue(value)].map(fault => `the taint ${key}=${value}: ${fault}`),
    ),
  ];
  if (token !== undefined && !/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token))
    faults.push(
      "a bootstrap token is six and sixteen small letters and digits with a point between: k4s token create prints one",
    );
  if (faults.length > 0) throw new ApiError("BadRequest", faults.join("; "));
}

const untimely = ["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"];
const ofAnother = [
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
];

function codeOf(error: unknown): string {
  return String((error as { readonly cause?: { readonly code?: unknown } } | undefined)?.cause?.code ?? "");
}

/** Whether the server's certificate is of an authority that is not believed: another cluster, or one that has kept nothing. */
export function isOfAnotherAuthority(error: unknown): boolean {
  return ofAnother.includes(codeOf(error));
}

/** The same error, with what to do about it where that is known. */
export function explained(error: unknown, clock: Pick<Clock, "now">): unknown {
  const told = (reason: "Unauthorized" | "ServiceUnavailable", why: string) =>
    new ApiError(reason, `${messageOf(error)}: ${why}`, {}, { cause: error });
  if (untimely.includes(codeOf(error)))
    return told(
      "ServiceUnavailable",
      `the clock of this machine says ${timestamp(clock.now())}, is that so?`,
    );
  if (isOfAnotherAuthority(error))
    return told(
      "Unauthorized",
      "the server has another authority than the one that this node believes, as a cluster without --data has after each start. If it is the cluster that is meant, join it again with a token and --ca-hash (k4s token create prints both)",
    );
  return error;
}

/** What a token that is not taken is called in words; its secret is not repeated. */
export function refusedToken(token: string, server: string, cause: unknown): unknown {
  if (!hasReason(cause, "Unauthorized")) return cause;
  const why = `the cluster at ${server} does not know the bootstrap token ${token.slice(0, 6)}.…, or it has run out: k4s token create prints another`;
  return new ApiError("Unauthorized", why, {}, { cause });
}

/** So far may the clocks of two machines be apart: a lease is good for 40 s. */
const mostApartMs = 30_000;

/** Throws BadRequest where the clock of this machine is far from the server's: leases and tokens mean nothing then. */
export async function checkClock(
  connection: Pick<ServerConnection, "stream" | "server">,
  clock: Pick<Clock, "now">,
): Promise<void> {
  const answer = await connection.stream("/api/v1/services?limit=1", { silenceMs: 10_000 });
  answer.resume();
  const there = Date.parse(String(answer.headers.date));
  const apartMs = clock.now() - there;
  if (!(Math.abs(apartMs) > mostApartMs)) return;
  const far = `${Math.round(Math.abs(apartMs) / 1_000)} s ${apartMs > 0 ? "ahead of" : "behind"}`;
  const why = `the clock of this machine is ${far} that of the cluster at ${connection.server}: set both by NTP`;
  throw new ApiError("BadRequest", why);
}

/** With what a node comes to a cluster: the certificate that it was given before, or the first one, which a bootstrap token is exchanged for. */
import { ServerConnection } from "../../client/index.ts";
import { ApiError, hasReason } from "../../errors/index.ts";
import type { JoinOptions } from "./join-options.ts";
import { type Credentials, firstCredentials, keptCredentials } from "./node-credentials.ts";
import { authorityOf } from "./trust.ts";
import { explained, isOfAnotherAuthority, refusedToken } from "./why-not.ts";

type Parts = Parameters<typeof firstCredentials>[0];

/** Fails as `joinCluster`. */
export async function credentialsToJoin(options: JoinOptions, parts: Parts): Promise<Credentials> {
  return (await goodCredentials(parts, options.token)) ?? joinAs(options, parts);
}

/**
 * Those of before, unless the server knows them no more: it is another cluster by now, or one that kept nothing. Where it is away they are taken for good.
 * Fails with Unauthorized where there is no token to ask for others with.
 */
async function goodCredentials(parts: Parts, token: string | undefined): Promise<Credentials | undefined> {
  const kept = keptCredentials(parts);
  if (!kept) return undefined;
  const connection = new ServerConnection({ server: parts.server, ...kept });
  try {
    await connection.text("/api/v1/services?limit=1", { silenceMs: 10_000 });
  } catch (error) {
    if (isOfAnotherAuthority(error)) {
      if (token !== undefined) return undefined;
      throw explained(error, parts.clock);
    }
    if (!hasReason(error, "Unauthorized")) return kept;
    if (token !== undefined) return undefined;
    const why = `the cluster at ${parts.server} does not know the certificate of ${parts.node} any more: a bootstrap token is wanted`;
    throw new ApiError("Unauthorized", why, {}, { cause: error });
  }
  return kept;
}

/** The first certificate, by a token. */
async function joinAs({ token, ca, caHash, signal }: JoinOptions, parts: Parts): Promise<Credentials> {
  if (token === undefined)
    throw new ApiError("BadRequest", "a bootstrap token is wanted to join: k4s token create prints one");
  if (ca === undefined && caHash === undefined) {
    const why =
      "the certificate of the cluster's authority is wanted, or its hash: anybody could answer there";
    throw new ApiError("BadRequest", why);
  }
  const trusted = ca ?? (await authorityOf(parts.server, caHash ?? ""));
  return firstCredentials(parts, token, trusted, signal).catch(error => {
    throw explained(refusedToken(token, parts.server, error), parts.clock);
  });
}

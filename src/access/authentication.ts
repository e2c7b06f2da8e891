/**
 * Who asks: found out from what a client shows, a bearer token. A client that shows nothing is anonymous; one that shows
 * something which is not known is refused.
 */
import { createHash } from "node:crypto";
import { ApiError } from "../errors/index.ts";
import type { User } from "../store/index.ts";

/** What a client shows, taken from its request. */
export interface Credentials {
  /** The header `Authorization`. */
  readonly authorization?: string | undefined;
}

export const anonymous: User = Object.freeze({
  name: "system:anonymous",
  groups: Object.freeze(["system:unauthenticated"]),
});

/** Tells users by tokens that are known beforehand. */
export class TokenAuthentication {
  /** By the digest of the token: how long a comparison takes then says nothing about the token. */
  readonly #users = new Map<string, User>();

  add(token: string, user: User): void {
    this.#users.set(digest(token), user);
  }

  /** Throws Unauthorized for a token that is not known, or what is no bearer token. */
  userOf({ authorization = "" }: Credentials): User {
    if (authorization === "") return anonymous;
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    const user = token === undefined ? undefined : this.#users.get(digest(token));
    if (!user) throw unauthorized();
    return user;
  }
}

export function unauthorized(): ApiError {
  return new ApiError("Unauthorized", "Unauthorized");
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

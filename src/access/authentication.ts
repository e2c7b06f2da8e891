/**
 * Who asks: found out from what a client shows, a certificate or a bearer token. A client that shows nothing is anonymous; one
 * that shows something which is not known is refused.
 */
import { hash } from "node:crypto";
import { ApiError } from "../errors/index.ts";
import type { User } from "../store/index.ts";

/** What a client shows, taken from its request. */
export interface Credentials {
  /** The header `Authorization`. */
  readonly authorization?: string | undefined;
  /** The user of the certificate that the connection was made with; undefined where there was none. */
  readonly certificateUser?: User | undefined;
}

/** Tells whose a token is; undefined for one that it does not know. */
export type TokenReader = (token: string) => User | undefined | Promise<User | undefined>;

export const anonymous: User = Object.freeze({
  name: "system:anonymous",
  groups: Object.freeze(["system:unauthenticated"]),
});

export class Authentication {
  /** By the digest of the token: how long a comparison takes then says nothing about the token. */
  readonly #users = new Map<string, User>();
  readonly #readToken: TokenReader;

  /** @param readToken for tokens that are not known beforehand */
  constructor(readToken: TokenReader = () => undefined) {
    this.#readToken = readToken;
  }

  /** A token that is known beforehand. */
  add(token: string, user: User): void {
    this.#users.set(digest(token), user);
  }

  /** Rejects with Unauthorized for a token that is not known, or what is no bearer token. */
  async userOf({ authorization = "", certificateUser }: Credentials): Promise<User> {
    if (certificateUser) return certificateUser;
    if (authorization === "") return anonymous;
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    const user =
      token === undefined ? undefined : (this.#users.get(digest(token)) ?? (await this.#readToken(token)));
    if (!user) throw unauthorized();
    return user;
  }
}

export function unauthorized(): ApiError {
  return new ApiError("Unauthorized", "Unauthorized");
}

function digest(token: string): string {
  return hash("sha256", token, "base64");
}

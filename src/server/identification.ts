/**
 * Who sends a request: read from its connection (a client certificate) and its headers (a bearer token), and as whom it wants to
 * be seen. What is believed is access/'s to say.
 */
import type { TLSSocket } from "node:tls";
import {
  Authentication,
  type Demand,
  type IssuedCertificates,
  impersonated,
  type ServiceAccountTokens,
  unauthorized,
  userOfCertificate,
} from "../access/index.ts";
import type { User } from "../store/index.ts";
import type { HttpRequest } from "./answer.ts";

export interface IdentificationParts {
  readonly tokens: Pick<ServiceAccountTokens, "authenticate">;
  /** Tokens that are known beforehand, and whose they are. */
  readonly known: readonly (readonly [token: string, user: User])[];
  /** Which certificates are believed: an authority that is kept has signed those of other clusters, too. */
  readonly issued: Pick<IssuedCertificates, "has">;
  /** Who sends requests that show nothing. Throws Forbidden for those that nobody is known to have meant. */
  readonly unknown: (request: HttpRequest) => User;
  /** Refuses what a user may not do. */
  readonly demand: Demand;
}

/** What a connection showed: the user of its certificate; "bad" for one that this cluster has not given out. */
type Shown = User | "bad" | undefined;

export class Identification {
  readonly #authentication: Authentication;
  readonly #parts: IdentificationParts;
  readonly #shown = new WeakMap<object, { readonly shown: Shown }>();

  constructor(parts: IdentificationParts) {
    this.#parts = parts;
    const { tokens, known } = parts;
    this.#authentication = new Authentication(async token => (await tokens.authenticate(token, []))?.user);
    for (const [token, user] of known) this.#authentication.add(token, user);
  }

  /** The user as whom the request is to be answered. Rejects with Forbidden. */
  actingAs(sender: User, request: HttpRequest): Promise<User> {
    return impersonated(sender, request.rawHeaders, this.#parts.demand);
  }

  /** Rejects with Unauthorized. */
  async senderOf(request: HttpRequest): Promise<User> {
    const { authorization } = request.headers;
    const shown = this.#shownBy(request);
    if (shown === undefined && authorization === undefined) return this.#parts.unknown(request);
    if (shown !== "bad") return this.#authentication.userOf({ authorization, certificateUser: shown });
    if (authorization === undefined) throw unauthorized();
    return this.#authentication.userOf({ authorization });
  }

  /** Read once for each connection: reading a certificate takes longer than answering. */
  #shownBy(request: HttpRequest): Shown {
    const socket = "stream" in request ? request.stream.session?.socket : request.socket;
    if (!socket) return undefined;
    const before = this.#shown.get(socket);
    if (before) return before.shown;
    const shown = shownOn(socket as Partial<TLSSocket>, this.#parts.issued);
    this.#shown.set(socket, { shown });
    return shown;
  }
}

function shownOn(socket: Partial<TLSSocket>, issued: IdentificationParts["issued"]): Shown {
  const certificate = socket.getPeerCertificate?.();
  if (!certificate?.subject) return undefined;
  const isOurs = socket.authorized && issued.has(certificate.fingerprint256);
  return isOurs ? (userOfCertificate(certificate) ?? "bad") : "bad";
}

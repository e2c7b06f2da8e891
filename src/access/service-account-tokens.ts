/**
 * The tokens of service accounts, as Kubernetes makes them: a JWT, signed by the cluster, bound to the account and, where that
 * is asked for, to a pod, secret or node; it is worth nothing once what it is bound to is gone. How they are asked for is in
 * resources/kinds/serviceaccount.ts (TokenRequest).
 */
import { hash } from "node:crypto";
import type { JWTPayload } from "jose";
import { ApiError } from "../errors/index.ts";
import { type Clock, type Random, setBounded, timestamp } from "../outside/index.ts";
import {
  type Authenticated,
  groupVersionOf,
  type KindName,
  type Secret,
  type ServiceAccount,
  type TokenRequestSpec,
  type User,
} from "../resources/index.ts";
import { notFound, type Store, serviceAccountUser } from "../store/index.ts";
import type { TokenKey } from "./service-account-key.ts";

/** Who gives the tokens out, and for whom they are where nothing else is said. */
const issuer = "https://kubernetes.default.svc.cluster.local";

const algorithm = "ES256";
/** So many tokens that were verified are remembered; then those that were verified first are forgotten. */
const mostVerified = 1_000;

interface TokenParts {
  readonly store: Pick<Store, "get">;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "uuid">;
  /** Asked when the first token is made or read. */
  readonly key: () => TokenKey;
}

/** An object, as a token names it. */
interface Reference {
  readonly name: string;
  readonly uid: string;
}

/** What Kubernetes writes into a token, besides the registered claims. */
interface Bound {
  readonly namespace: string;
  readonly serviceaccount: Reference;
  readonly pod?: Reference;
  readonly secret?: Reference;
  readonly node?: Reference;
}

export class ServiceAccountTokens {
  readonly #parts: TokenParts;
  readonly #verified = new Map<string, JWTPayload>();
  #key: (TokenKey & { readonly id: string }) | undefined;

  constructor(parts: TokenParts) {
    this.#parts = parts;
  }

  /** The answer to a TokenRequest. Fails with NotFound, BadRequest or Conflict where what it is to be bound to is not there. */
  readonly issue = async (
    account: ServiceAccount,
    { audiences, expirationSeconds = 3_600, boundObjectRef }: TokenRequestSpec,
  ) => {
    const bound = boundObjectRef && this.#boundTo(boundObjectRef, account);
    const meant = audiences.length > 0 ? [...audiences] : [issuer];
    const ends = Math.floor(this.#parts.clock.now() / 1_000) + expirationSeconds;
    const token = await this.#signed(account, { ...bound }, meant, ends);
    return { audiences: meant, token, expirationTimestamp: timestamp(ends * 1_000) };
  };

  /** A token that never runs out: it is worth something as long as the Secret is there that keeps it. */
  issueFor(account: ServiceAccount, { metadata: { name, uid } }: Secret): Promise<string> {
    return this.#signed(account, { secret: { name, uid } }, [issuer], undefined);
  }

  async #signed(
    { metadata: { namespace = "", name, uid } }: ServiceAccount,
    boundTo: Pick<Bound, "pod" | "secret" | "node">,
    audiences: string[],
    ends: number | undefined,
  ): Promise<string> {
    const { SignJWT } = await import("jose");
    const { clock, random } = this.#parts;
    const bound: Bound = { namespace, ...boundTo, serviceaccount: { name, uid } };
    const now = Math.floor(clock.now() / 1_000);
    const { privateKey, id } = this.#signingKey();
    const token = new SignJWT({ "kubernetes.io": bound })
      .setProtectedHeader({ alg: algorithm, kid: id })
      .setIssuer(issuer)
      .setSubject(serviceAccountUser(namespace, name).name)
      .setAudience(audiences)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setJti(random.uuid());
    if (ends !== undefined) token.setExpirationTime(ends);
    return token.sign(privateKey);
  }

  /**
   * Whose token it is, and for which of the audiences; undefined for one that is none, is not for them, has run out, or whose
   * account, pod, secret or node is gone.
   */
  readonly authenticate = async (
    token: string,
    audiences: readonly string[],
  ): Promise<Authenticated | undefined> => {
    const claims = await this.#claimsOf(token);
    if (!claims) return undefined;
    const wanted = audiences.length > 0 ? audiences : [issuer];
    const meant = wanted.filter(each => [claims.aud ?? []].flat().includes(each));
    const user = meant.length > 0 ? this.#userOf(claims) : undefined;
    return user && { user, audiences: meant };
  };

  /** The public keys by which others can verify the tokens: a JSON Web Key Set. */
  async keySet(): Promise<object> {
    const { exportJWK } = await import("jose");
    const { publicKey, id } = this.#signingKey();
    return { keys: [{ use: "sig", ...(await exportJWK(publicKey)), kid: id, alg: algorithm }] };
  }

  /** A token verified once is not verified again: only that it has not run out is. */
  async #claimsOf(token: string): Promise<JWTPayload | undefined> {
    const id = hash("sha256", token, "base64");
    const now = this.#parts.clock.now();
    let claims = this.#verified.get(id);
    if (!claims) {
      claims = await this.#verify(token, now);
      if (!claims) return undefined;
      setBounded(this.#verified, id, claims, mostVerified);
    }
    // Only those that a Secret keeps have no end.
    return claims.exp === undefined || claims.exp * 1_000 > now ? claims : undefined;
  }

  async #verify(token: string, now: number): Promise<JWTPayload | undefined> {
    // What is no JWT needs no library to be refused.
    if (token.split(".").length !== 3) return undefined;
    const { jwtVerify } = await import("jose");
    const options = { issuer, algorithms: [algorithm], currentDate: new Date(now) };
    try {
      return (await jwtVerify(token, this.#signingKey().publicKey, options)).payload;
    } catch {
      // A token that cannot be verified is none, whatever is wrong with it.
      return undefined;
    }
  }

  #userOf(claims: JWTPayload): User | undefined {
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"] as Bound;
    const isThere = (kind: KindName, place: string, reference: Reference | undefined) => {
      if (!reference) return true;
      const found = this.#parts.store.get<string>(kind, place, reference.name);
      return found?.metadata.uid === reference.uid;
    };
    const isBoundToLiving =
      isThere("ServiceAccount", namespace, serviceaccount) &&
      isThere("Pod", namespace, pod) &&
      isThere("Secret", namespace, secret) &&
      // A pod outlives the object of its node: a token that names both is bound to the pod.
      (pod !== undefined || isThere("Node", "", node));
    if (!isBoundToLiving) return undefined;
    const prefix = "authentication.kubernetes.io/";
    return {
      ...serviceAccountUser(namespace, serviceaccount.name),
      uid: serviceaccount.uid,
      extra: {
        [`${prefix}credential-id`]: [`JTI=${claims.jti}`],
        ...(node && { [`${prefix}node-name`]: [node.name], [`${prefix}node-uid`]: [node.uid] }),
        ...(pod && { [`${prefix}pod-name`]: [pod.name], [`${prefix}pod-uid`]: [pod.uid] }),
      },
    };
  }

  #boundTo(
    { apiVersion = "", kind = "", name = "", uid }: NonNullable<TokenRequestSpec["boundObjectRef"]>,
    account: ServiceAccount,
  ): Pick<Bound, "pod" | "secret" | "node"> {
    const { store } = this.#parts;
    const { namespace = "", name: accountName } = account.metadata;
    const place = kind === "Node" ? "" : namespace;
    const plural = apiVersion === "v1" ? boundKinds.get(kind) : undefined;
    if (plural === undefined) {
      const { group, version } = groupVersionOf(apiVersion);
      const what = `${group}/${version}, Kind=${kind}`;
      throw new ApiError("BadRequest", `cannot bind token to object of type ${what}`);
    }
    const found = store.get<string>(kind, place, name);
    if (!found) throw notFound({ kind, plural, group: "" }, name);
    const reference = { name, uid: found.metadata.uid };
    if (uid && uid !== reference.uid) {
      const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw new ApiError(
        "Conflict",
        `Operation cannot be fulfilled on ${kind} ${JSON.stringify(name)}: ${why}`,
        {
          name,
          kind,
        },
      );
    }
    if (kind !== "Pod") return { [kind.toLowerCase()]: reference };
    const pod = store.get("Pod", namespace, name);
    if (pod?.spec.serviceAccountName !== accountName) {
      const other = "to pod running with different serviceaccount name.";
      throw new ApiError(
        "BadRequest",
        `cannot bind token for serviceaccount ${JSON.stringify(accountName)} ${other}`,
      );
    }
    const node = store.get("Node", "", pod?.spec.nodeName ?? "");
    return { ...(node && { node: { name: node.metadata.name, uid: node.metadata.uid } }), pod: reference };
  }

  #signingKey(): TokenKey & { readonly id: string } {
    if (!this.#key) {
      const key = this.#parts.key();
      const der = key.publicKey.export({ type: "spki", format: "der" });
      this.#key = { ...key, id: hash("sha256", der, "base64url") };
    }
    return this.#key;
  }
}

/** What a token may be bound to. */
const boundKinds: ReadonlyMap<string, string> = new Map([
  ["Pod", "pods"],
  ["Secret", "secrets"],
  ["Node", "nodes"],
]);

/** By which others find the keys: OpenID Connect's discovery, as far as Kubernetes serves it. */
export function issuerConfiguration(url: string): object {
  return {
    issuer,
    jwks_uri: `${url}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [algorithm],
  };
}

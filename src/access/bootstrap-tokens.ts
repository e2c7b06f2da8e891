/**
 * Bootstrap tokens, as Kubernetes has them: a Secret of the type `bootstrap.kubernetes.io/token` in kube-system lets who shows its token in as
 * `system:bootstrap:ID`, who may ask for the certificate of a node and nothing else. What is wrong with the Secret makes the token unknown, never an error.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { isTerminating, type Secret } from "../resources/index.ts";
import { authenticated, type StoreReads, type User } from "../store/index.ts";

export const bootstrapTokenType = "bootstrap.kubernetes.io/token";
export const bootstrapTokenNamespace = "kube-system";
/** All who show a bootstrap token. */
export const bootstrappers = "system:bootstrappers";

const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Whose token it is; undefined for what is none, has run out, or is not for clients. */
export function bootstrapUser(token: string, store: Pick<StoreReads, "get">, now: number): User | undefined {
  const [, id, secret] = tokenPattern.exec(token) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const found: Secret | undefined = store.get("Secret", bootstrapTokenNamespace, `bootstrap-token-${id}`);
  if (!found || found.type !== bootstrapTokenType || isTerminating(found)) return undefined;
  const told = (key: string) => Buffer.from(found.data?.[key] ?? "", "base64").toString();
  if (told("token-id") !== id || !isSame(told("token-secret"), secret)) return undefined;
  if (told("usage-bootstrap-authentication") !== "true") return undefined;
  const ends = endOfToken(found);
  if (ends !== undefined && !(ends > now)) return undefined;
  const given = told("auth-extra-groups").split(",").filter(Boolean);
  if (!given.every(group => groupPattern.test(group))) return undefined;
  const groups = [...new Set([bootstrappers, ...given, authenticated])];
  return { name: `system:bootstrap:${id}`, groups };
}

/** When it runs out, in milliseconds since 1970: NaN, which is no time at all, for what cannot be read; undefined for one that never does. */
export function endOfToken({ data = {} }: Secret): number | undefined {
  if (data.expiration === undefined) return undefined;
  return Date.parse(Buffer.from(data.expiration, "base64").toString());
}

/** How long it takes says nothing of how much of it is right. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => hash("sha256", text, "buffer");
  return timingSafeEqual(digest(one), digest(other));
}

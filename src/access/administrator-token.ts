/**
 * What the administrator of a kept cluster shows. Neither it nor its hash is kept anywhere but in kubeconfigs: it is signed with the key of
 * the cluster, so that every one that was given out is good after a restart, and at each API server that has this key, for as long as
 * that key is the cluster's. Each start gives out another.
 */
import { randomBytes, sign, verify } from "node:crypto";
import type { TokenKey } from "./service-account-key.ts";

const form = /^k4s-administrator\.([\w-]{24})\.([\w-]{86})$/;

export function administratorToken({ privateKey }: Pick<TokenKey, "privateKey">): string {
  const chance = randomBytes(18).toString("base64url");
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  return `k4s-administrator.${chance}.${sign("sha256", signedText(chance), key).toString("base64url")}`;
}

export function isAdministratorToken(token: string, { publicKey }: Pick<TokenKey, "publicKey">): boolean {
  const [, chance = "", signature = ""] = form.exec(token) ?? [];
  if (signature === "") return false;
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify("sha256", signedText(chance), key, Buffer.from(signature, "base64url"));
}

/** No text that the key signs elsewhere: those of service accounts have no blanks. */
function signedText(chance: string): Buffer {
  return Buffer.from(`the administrator of k4s, ${chance}`);
}

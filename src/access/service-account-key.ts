/**
 * The key that the tokens of service accounts are signed with: kept where there is a place for it, so that they outlive a
 * restart.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeSecret } from "./secret-file.ts";

export interface TokenKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const serviceAccountKeyFile = "service-account.key.pem";

/** The one that is kept in the folder, or a new one; only for as long as the program runs where no folder is given. */
export function serviceAccountKey(folder: string | undefined): TokenKey {
  const file = folder === undefined ? undefined : join(folder, serviceAccountKeyFile);
  const kept = file === undefined ? undefined : readKey(file);
  const privateKey = kept ?? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  if (file !== undefined && !kept)
    writeSecret(file, String(privateKey.export({ type: "pkcs8", format: "pem" })));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function readKey(file: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(readFileSync(file));
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    // Not there, or spoilt: it is made again.
    return undefined;
  }
}

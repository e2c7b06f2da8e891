/** What the administrator of a cluster shows: kept with the cluster's keys, so that a kubeconfig of before is good after a restart. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeSecret } from "./secret-file.ts";

export const administratorTokenFile = "administrator.token";

/** One by chance where there is no folder, or none in it yet. */
export function administratorToken(folder: string | undefined): string {
  const file = folder === undefined ? undefined : join(folder, administratorTokenFile);
  const kept = file === undefined ? undefined : readToken(file);
  if (kept !== undefined) return kept;
  const token = randomBytes(24).toString("base64url");
  if (file !== undefined) writeSecret(file, token);
  return token;
}

export function isToken(text: string): boolean {
  return /^[\w-]{32}$/.test(text);
}

function readToken(file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8");
    return isToken(text) ? text : undefined;
  } catch {
    // Not there yet, or spoilt: it is made again.
    return undefined;
  }
}

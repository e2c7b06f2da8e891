/**
 * The keys of a cluster that is kept: they are not made anew where one is spoilt, for all that was signed with it would be worth nothing
 * without a word. In a folder that is only a cache they are (service-account-key.ts, server-certificate.ts).
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiError, messageOf } from "../errors/index.ts";
import { isFault } from "../outside/index.ts";
import type { ServerCertificate } from "./certificates.ts";
import { certificatesFile, serverCertificate } from "./server-certificate.ts";
import { serviceAccountKey, serviceAccountKeyFile } from "./service-account-key.ts";

/** Each throws where the text is not what its file holds. */
const checks: ReadonlyMap<string, (text: string) => void> = new Map([
  [serviceAccountKeyFile, text => void createPrivateKey(text)],
  [
    certificatesFile,
    text => {
      const { ca, caKey, cert, key } = JSON.parse(text) as Partial<ServerCertificate>;
      for (const certificate of [ca, cert]) new X509Certificate(certificate ?? "");
      for (const secret of [caKey, key]) createPrivateKey(secret ?? "");
    },
  ],
]);

/** Throws ServiceUnavailable for the first file that is spoilt, or cannot be read; what is not there yet is none. */
export function assertKeysWhole(folder: string): void {
  for (const [name, check] of checks) {
    const file = join(folder, name);
    try {
      check(readFileSync(file, "utf8"));
    } catch (error) {
      if (isFault(error, "ENOENT")) continue;
      const advice = "put it back from a copy, or remove it: then what was signed with it is good no more";
      const problem = `${file} is damaged (${messageOf(error)}): ${advice}`;
      throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
    }
  }
}

/** Makes those that are not in the folder yet, and says how their files are called: all that a cluster signs and knows its own by. */
export async function makeKeys(folder: string, now: number): Promise<string[]> {
  serviceAccountKey(folder);
  await serverCertificate({ hosts: ["127.0.0.1", "localhost"], folder, now });
  return [...checks.keys()];
}

/**
 * The certificates of an API server: an authority of its own, and what the server shows, signed by it. Making them takes a fifth of a
 * second, most of it loading what makes them, so they are kept where there is a place for that, readable for their owner alone. What the
 * server shows is made anew when it runs out or the server has another name, and the authority, with the key that it has, long before its end:
 * who trusts it goes on doing so.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AuthorityFiles,
  newAuthority,
  renewedAuthority,
  type ServerCertificate,
  signedFor,
} from "./certificates.ts";
import { writeSecret } from "./secret-file.ts";

export interface CertificateOptions {
  /** Names and addresses by which clients reach the server. */
  readonly hosts: readonly string[];
  /** Where they are kept; made anew each time where left out. */
  readonly folder?: string | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
  /** What the server shows so far, while it runs. */
  readonly current?: ServerCertificate | undefined;
}

const day = 24 * 60 * 60 * 1_000;
/** So long before its end each is made anew. Of the authority: longer than anything is good that it signs. */
const leadMs = 30 * day;
const authorityLeadMs = 2 * 365 * day;
export const certificatesFile = "api-server.pem.json";

/** Those of now, or those that are kept, where they are good; new ones in their place else. */
export async function serverCertificate({
  hosts,
  folder,
  now,
  current,
}: CertificateOptions): Promise<ServerCertificate> {
  const keptFile = folder === undefined ? undefined : join(folder, certificatesFile);
  const before = current ?? (keptFile === undefined ? undefined : readKept(keptFile));
  const authority = await goodAuthority(before, now);
  if (before && authority.ca === before.ca && isGood(before, hosts, now)) return before;
  const made = await signedFor(hosts, authority, now);
  if (keptFile !== undefined) writeSecret(keptFile, JSON.stringify(made));
  return made;
}

async function goodAuthority(before: AuthorityFiles | undefined, now: number): Promise<AuthorityFiles> {
  const certificate = before && readCertificate(before.ca);
  if (!before || !certificate || !fits(certificate, before.caKey)) return newAuthority(now);
  return lasts(certificate, now, authorityLeadMs) ? before : renewedAuthority(before, now);
}

function readKept(keptFile: string): ServerCertificate | undefined {
  try {
    const { ca, caKey, cert, key } = JSON.parse(readFileSync(keptFile, "utf8")) as Partial<ServerCertificate>;
    return ca && caKey && cert && key ? { ca, caKey, cert, key } : undefined;
  } catch {
    // Not there, or spoilt: it is made again.
    return undefined;
  }
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // Spoilt: another is made.
    return undefined;
  }
}

function fits(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // The key is spoilt.
    return false;
  }
}

function isGood({ ca, cert, key }: ServerCertificate, hosts: readonly string[], now: number): boolean {
  const [shown, authority] = [readCertificate(cert), readCertificate(ca)];
  if (!shown || !authority || !lasts(shown, now, leadMs)) return false;
  if (!fits(shown, key) || !shown.verify(authority.publicKey)) return false;
  return hosts.every(host => shown.checkHost(host) ?? shown.checkIP(host));
}

function lasts({ validFrom, validTo }: X509Certificate, now: number, ms: number): boolean {
  return Date.parse(validFrom) <= now && now + ms < Date.parse(validTo);
}

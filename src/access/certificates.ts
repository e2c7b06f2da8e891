/**
 * The certificates of an API server: an authority of its own, and the server's certificate signed by it. Making them takes a
 * fifth of a second, most of it loading what makes them, so they are kept where there is a place for that, readable for their
 * owner alone, and made anew when they run out or the server has another name. And what an entrance shows that has no better one.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeSecret } from "./secret-file.ts";
import { loadX509 } from "./x509.ts";

/** PEM texts. */
export interface ServerCertificate {
  /** The certificate of the authority, and its key. */
  readonly ca: string;
  readonly caKey: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Names and addresses by which clients reach the server. */
  readonly hosts: readonly string[];
  /** Where they are kept; made anew each time where left out. */
  readonly folder?: string | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
}

const day = 24 * 60 * 60 * 1_000;
const lifetime = 365 * day;
export const certificatesFile = "api-server.pem.json";

/** Those that are kept, or new ones. */
export async function serverCertificate({
  hosts,
  folder,
  now,
}: CertificateOptions): Promise<ServerCertificate> {
  const keptFile = folder === undefined ? undefined : join(folder, certificatesFile);
  const kept = keptFile === undefined ? undefined : readKept(keptFile);
  if (kept && isGood(kept, hosts, now)) return kept;
  const made = await makeCertificates(hosts, now);
  if (keptFile !== undefined) writeSecret(keptFile, JSON.stringify(made));
  return made;
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

function isGood({ cert }: ServerCertificate, hosts: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(cert);
    if (Date.parse(certificate.validTo) < now + day || Date.parse(certificate.validFrom) > now) return false;
    return hosts.every(host => certificate.checkHost(host) ?? certificate.checkIP(host));
  } catch {
    return false;
  }
}

/** One that no authority has signed, for no host in particular: clients that go on nevertheless have a connection that is encrypted. */
export async function standInCertificate({
  name,
  now,
}: {
  readonly name: string;
  readonly now: number;
}): Promise<Pick<ServerCertificate, "cert" | "key">> {
  const x509 = await loadX509();
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, usages);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(now),
    name: [{ CN: [name] }],
    ...validityFrom(now),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  return { cert: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

/** Elliptic curves, never RSA: its keys take as long to make as all else together. */
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const usages = ["sign", "verify"] as const;

function validityFrom(now: number) {
  return { notBefore: new Date(now - day), notAfter: new Date(now + lifetime) };
}

function serialNumber(now: number): string {
  return now.toString(16).padStart(16, "0");
}

type PrivateKey = Parameters<typeof globalThis.crypto.subtle.exportKey>[1];

async function pemOf(key: PrivateKey): Promise<string> {
  const x509 = await loadX509();
  return x509.PemConverter.encode(await globalThis.crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function makeCertificates(hosts: readonly string[], now: number): Promise<ServerCertificate> {
  const x509 = await loadX509();
  const { subtle } = globalThis.crypto;
  const [authorityKeys, keys] = await Promise.all([
    subtle.generateKey(algorithm, true, usages),
    subtle.generateKey(algorithm, true, usages),
  ]);
  const validity = validityFrom(now);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=k4s-ca",
    ...validity,
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(now),
    subject: "CN=kube-apiserver",
    issuer: authority.subject,
    ...validity,
    signingKey: authorityKeys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map(value => ({ type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const ca = authority.toString("pem");
  const [caKey, key] = await Promise.all([pemOf(authorityKeys.privateKey), pemOf(keys.privateKey)]);
  // Clients that know the authority build the chain themselves; it comes along for those that look at it.
  return { ca, caKey, cert: `${certificate.toString("pem")}\n${ca}`, key };
}

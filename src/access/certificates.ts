/**
 * Makes certificates: an authority, what an API server shows that it has signed, and what an entrance shows that has no better one.
 * Which are kept, and when they are made anew, says server-certificate.ts.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { loadX509 } from "./x509.ts";

/** PEM texts: the certificate of the authority, and its key. */
export interface AuthorityFiles {
  readonly ca: string;
  readonly caKey: string;
}

/** PEM texts. */
export interface ServerCertificate extends AuthorityFiles {
  readonly cert: string;
  readonly key: string;
}

const day = 24 * 60 * 60 * 1_000;
const lifetime = 365 * day;
const authorityLifetime = 10 * lifetime;

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

function validityFrom(now: number, ms = lifetime) {
  return { notBefore: new Date(now - day), notAfter: new Date(now + ms) };
}

function serialNumber(now: number): string {
  return now.toString(16).padStart(16, "0");
}

type Key = Parameters<typeof globalThis.crypto.subtle.exportKey>[1];

async function pemOf(key: Key): Promise<string> {
  const x509 = await loadX509();
  return x509.PemConverter.encode(await globalThis.crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

/** An authority that begins. */
export async function newAuthority(now: number): Promise<AuthorityFiles> {
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, usages);
  return { ca: await authorityCertificate(keys, now), caKey: await pemOf(keys.privateKey) };
}

/**
 * The same authority with a later end: of the same name and with the same key, so that who trusts its certificate of before trusts what
 * it signs from now on, and the other way round.
 */
export async function renewedAuthority({ ca, caKey }: AuthorityFiles, now: number): Promise<AuthorityFiles> {
  const keys = { privateKey: await signingKey(caKey), publicKey: await publicKeyIn(ca) };
  return { ca: await authorityCertificate(keys, now), caKey };
}

interface KeyPair {
  readonly privateKey: Key;
  readonly publicKey: Key;
}

async function authorityCertificate(keys: KeyPair, now: number): Promise<string> {
  const x509 = await loadX509();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(now),
    name: "CN=k4s-ca",
    ...validityFrom(now, authorityLifetime),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString("pem");
}

/** What a server shows that is called by these names. */
export async function signedFor(
  hosts: readonly string[],
  { ca, caKey }: AuthorityFiles,
  now: number,
): Promise<ServerCertificate> {
  const x509 = await loadX509();
  const authority = new x509.X509Certificate(ca);
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, usages);
  const { notBefore, notAfter } = validityFrom(now);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(now),
    subject: "CN=kube-apiserver",
    issuer: authority.subject,
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), authority.notAfter.getTime())),
    signingKey: await signingKey(caKey),
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map(value => ({ type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  // Clients that know the authority build the chain themselves; it comes along for those that look at it.
  return { ca, caKey, cert: `${certificate.toString("pem")}\n${ca}`, key: await pemOf(keys.privateKey) };
}

/** The key of an authority, to sign with. */
export async function signingKey(pem: string): Promise<Key> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return globalThis.crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

async function publicKeyIn(pem: string): Promise<Key> {
  const der = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return globalThis.crypto.subtle.importKey("spki", der, algorithm, true, ["verify"]);
}

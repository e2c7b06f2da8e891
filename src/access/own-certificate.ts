/** The certificate and key that an API server is given in files, as kube-apiserver takes them by `--tls-cert-file`. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApiError, messageOf } from "../errors/index.ts";

/** Where they are: paths or file URLs. */
export interface CertificateFiles {
  readonly cert: string | URL;
  readonly key: string | URL;
  /** By whom clients are to trust the certificate; by itself, or those that come with it, where left out. */
  readonly ca?: string | URL | undefined;
}

/** PEM texts. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Throws BadRequest, which names the file, where one cannot be read, is not what it should be, or they do not belong together. */
export function readOwnCertificate({ cert, key, ca = cert }: CertificateFiles): OwnCertificate {
  const texts = { cert: textOf("certificate", cert), key: textOf("key", key), ca: textOf("certificate", ca) };
  const certificate = parsed(cert, "certificate", () => new X509Certificate(texts.cert));
  const privateKey = parsed(key, "private key without a password", () => createPrivateKey(texts.key));
  parsed(ca, "certificate", () => new X509Certificate(texts.ca));
  if (!certificate.checkPrivateKey(privateKey))
    throw refused(`the key in ${String(key)} is not that of the certificate in ${String(cert)}`);
  return texts;
}

/** Whether clients that call the server by this name accept the certificate. */
export function isCalled({ cert }: Pick<OwnCertificate, "cert">, host: string): boolean {
  const certificate = new X509Certificate(cert);
  return (certificate.checkHost(host) ?? certificate.checkIP(host)) !== undefined;
}

/** A name that the certificate is for: the first DNS name or address in it; undefined where it has none. */
export function nameIn({ cert }: Pick<OwnCertificate, "cert">): string | undefined {
  const { subjectAltName = "" } = new X509Certificate(cert);
  const [, name] = /(?:DNS|IP Address):([^,\s"]+)/.exec(subjectAltName) ?? [];
  return name?.replace(/^\*\./, "any.");
}

function textOf(what: string, file: string | URL): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw refused(`the ${what} ${String(file)} cannot be read: ${messageOf(cause)}`, cause);
  }
}

function parsed<T>(file: string | URL, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw refused(`${String(file)} holds no ${what} in PEM: ${messageOf(cause)}`, cause);
  }
}

function refused(problem: string, cause?: unknown): ApiError {
  return new ApiError("BadRequest", problem, {}, { cause });
}

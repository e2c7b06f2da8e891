/**
 * Which certificates this cluster's authority has signed. The authority itself is kept from one cluster to the next of the same
 * user, so that its signature says only that one of these clusters has signed: the names in a certificate are good in the
 * cluster that gave it out, and in no other. A cluster that is kept has an authority of its own: all that this signed is its.
 */
import { X509Certificate } from "node:crypto";

export class IssuedCertificates {
  readonly #fingerprints = new Set<string>();
  readonly #areAllOurs: boolean;

  /** @param areAllOurs whether the authority is of this cluster alone */
  constructor(areAllOurs = false) {
    this.#areAllOurs = areAllOurs;
  }

  /** @param pem a certificate that was signed now */
  add(pem: string): void {
    this.#fingerprints.add(new X509Certificate(pem).fingerprint256);
  }

  /** @param fingerprint256 as Node has it: SHA-256, pairs of hexadecimal digits with colons between them */
  has(fingerprint256: string): boolean {
    return this.#areAllOurs || this.#fingerprints.has(fingerprint256);
  }
}

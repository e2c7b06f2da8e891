/** The user that a client's certificate is about: its common name, and its organizations as groups. */
import type { PeerCertificate } from "node:tls";
import { authenticated, type User } from "../store/index.ts";

/** Of a certificate that our authority has signed; undefined where it names nobody. */
export function userOfCertificate({ subject, fingerprint256 }: PeerCertificate): User | undefined {
  const { CN, O } = subject as Readonly<Record<string, string | readonly string[] | undefined>>;
  const name = [CN ?? ""].flat()[0];
  if (!name) return undefined;
  const id = fingerprint256.replaceAll(":", "").toLowerCase();
  return {
    name,
    groups: [...[O ?? []].flat(), authenticated],
    extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${id}`] },
  };
}

/**
 * Which authority a node that joins believes: one whose certificate it was given, or whose key has the hash that it was given. Then the certificate
 * is taken from the server itself, before anything is shown to it: whoever is not the cluster has no such key.
 */
import { createHash, X509Certificate } from "node:crypto";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { ApiError, messageOf } from "../../errors/index.ts";

/** `sha256:` and the digest of the public key, as kubeadm prints it. */
export function keyHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** The certificate of the authority with that hash, PEM. Fails with Unauthorized where the server has another, or ServiceUnavailable. */
export async function authorityOf(server: string, hash: string): Promise<string> {
  if (!/^sha256:[0-9a-f]{64}$/i.test(hash))
    throw new ApiError(
      "BadRequest",
      `a hash of the authority is sha256: and 64 hexadecimal digits, not ${hash}`,
    );
  const chain = await chainOf(server);
  const found = chain.find(pem => keyHash(pem) === hash.toLowerCase());
  if (found) return found;
  throw new ApiError(
    "Unauthorized",
    `the server at ${server} shows no certificate of the authority ${hash}: it is not the cluster that is meant, or the hash is of another`,
  );
}

/** The certificates that a server shows. What is sent to it before is nothing. */
function chainOf(server: string): Promise<string[]> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, timeout: 10_000 });
    const fail = (cause: unknown) => {
      socket.destroy();
      const why = `the cluster at ${server} cannot be reached: ${messageOf(cause)}`;
      reject(new ApiError("ServiceUnavailable", why, {}, { cause }));
    };
    socket.once("timeout", () => fail(new Error("it does not answer")));
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      const pems: string[] = [];
      let each: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      while (each?.raw) {
        pems.push(new X509Certificate(each.raw).toString());
        each = each.issuerCertificate === each ? undefined : each.issuerCertificate;
      }
      socket.destroy();
      resolve(pems);
    });
  });
}

/**
 * The authority that signs what kubelets show as servers, and nothing else; who asks kubelets believes no other. So no certificate that a node
 * gets, for whatever address, is taken for the API server's. Its key is made of the key of the cluster's authority, by a function that has no
 * way back: there is nothing more to be kept, backed up, or shared between programs, and both are renewed together.
 */
import { createECDH, createPrivateKey, createPublicKey, hkdfSync, X509Certificate } from "node:crypto";
import { type AuthorityFiles, signingKey } from "./certificates.ts";
import { loadX509 } from "./x509.ts";

/** How many points the curve P-256 has: keys are numbers from 1 to one less. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const keyBytes = 32;

/** The same key for the same authority, and good for as long as that is. */
export async function kubeletAuthority({ ca, caKey }: AuthorityFiles): Promise<AuthorityFiles> {
  const x509 = await loadX509();
  const of = new X509Certificate(ca);
  const key = derivedKey(caKey);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  const publicKey = await globalThis.crypto.subtle.importKey("spki", der, algorithm, true, ["verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: of.serialNumber,
    name: "CN=k4s-kubelet-ca",
    notBefore: new Date(of.validFrom),
    notAfter: new Date(of.validTo),
    keys: { privateKey: await signingKey(key), publicKey },
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { ca: certificate.toString("pem"), caKey: key };
}

/** Whether two certificates are of one authority, and good for as long; each time that it is made it is signed anew. */
export function isSameAuthority(one: string, other: string): boolean {
  try {
    const [a, b] = [new X509Certificate(one), new X509Certificate(other)];
    const key = ({ publicKey }: X509Certificate) => publicKey.export({ type: "spki", format: "pem" });
    return key(a) === key(b) && a.validTo === b.validTo;
  } catch {
    // One of them is none.
    return false;
  }
}

/** A private key, PEM. */
function derivedKey(pem: string): string {
  const { d: secret = "" } = createPrivateKey(pem).export({ format: "jwk" });
  // Some bytes more than a key has, so that each is as likely as any other.
  const bytes = hkdfSync(
    "sha256",
    Buffer.from(secret, "base64url"),
    "",
    "k4s kubelet-serving",
    keyBytes + 16,
  );
  const number = (BigInt(`0x${Buffer.from(bytes).toString("hex")}`) % (order - 1n)) + 1n;
  const own = Buffer.from(number.toString(16).padStart(2 * keyBytes, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(own);
  const point = curve.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: own.toString("base64url"),
    x: point.subarray(1, 1 + keyBytes).toString("base64url"),
    y: point.subarray(1 + keyBytes).toString("base64url"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" }).export({ type: "pkcs8", format: "pem" }).toString();
}

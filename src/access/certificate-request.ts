/** Reads what stands in a request for a certificate (PKCS#10): whose it is to be, and by which names and addresses others reach that. */
import { loadX509 } from "./x509.ts";

export interface RequestedCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  /** Mail addresses, URIs and whatever else a name can be. */
  readonly otherNames: readonly string[];
}

/** Undefined for what is no request, or is not signed by the key that it is for. @param text PEM, in base64 as the object has it */
export async function readCertificateRequest(text: string): Promise<RequestedCertificate | undefined> {
  const x509 = await loadX509();
  try {
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(text, "base64").toString());
    if (!(await request.verify())) return undefined;
    const { subjectName } = request;
    const extension = request.extensions.find(each => each instanceof x509.SubjectAlternativeNameExtension);
    const names = extension?.names.items ?? [];
    const of = (type: string) => names.filter(each => each.type === type).map(({ value }) => value);
    return {
      commonName: subjectName.getField("CN")[0] ?? "",
      organizations: subjectName.getField("O"),
      dnsNames: of("dns"),
      addresses: of("ip"),
      otherNames: names.filter(({ type }) => type !== "dns" && type !== "ip").map(({ value }) => value),
    };
  } catch {
    // Whatever is wrong with it: nobody can be meant by it.
    return undefined;
  }
}

export interface CertificateWanted {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Names and addresses of a server. */
  readonly hosts?: readonly string[];
}

/** A new key, and the request for a certificate that it is for; PEM, each. */
export async function newCertificateRequest({
  commonName,
  organizations,
  hosts = [],
}: CertificateWanted): Promise<{ readonly key: string; readonly request: string }> {
  const x509 = await loadX509();
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map(each => ({ O: [each] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    ...(hosts.length > 0 && {
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          hosts.map(value => ({
            type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const),
            value,
          })),
        ),
      ],
    }),
  });
  const key = await globalThis.crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { key: x509.PemConverter.encode(key, "PRIVATE KEY"), request: request.toString("pem") };
}

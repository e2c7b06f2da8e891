/**
 * The certificates by which a control plane shows nodes who it is (Kubernetes' kube-apiserver-kubelet-client), and by which others know the
 * nodes that run in its own process: two, of two authorities. They are made in memory for as long as the process runs.
 */
import { loadX509 } from "./x509.ts";

export interface ControlPlaneCertificate {
  /** PEM texts. */
  readonly key: string;
  readonly cert: string;
}

export type ControlPlanePurpose = "clientAuth" | "serverAuth";

interface Signing {
  readonly purpose: ControlPlanePurpose;
  readonly ca: string;
  readonly signingKey: Parameters<typeof globalThis.crypto.subtle.exportKey>[1];
  /** Names and addresses by which others reach its nodes. */
  readonly hosts: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The second stands for all nodes of the process. */
const subjects = {
  clientAuth: "CN=kube-apiserver-kubelet-client,O=system:masters",
  serverAuth: "CN=k4s-control-plane-nodes,O=system:masters",
} as const;

/** Who asks may serve by it, too: a server such as etcd, whose gateway asks it with its own certificate. */
const purposes = { clientAuth: ["clientAuth", "serverAuth"], serverAuth: ["serverAuth"] } as const;

export async function controlPlaneCertificate({
  ca,
  signingKey,
  purpose,
  hosts,
  notBefore,
  notAfter,
}: Signing): Promise<ControlPlaneCertificate> {
  const x509 = await loadX509();
  const { subtle } = globalThis.crypto;
  const keys = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const authority = new x509.X509Certificate(ca);
  const names = hosts.map(value => ({
    type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const),
    value,
  }));
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subjects[purpose],
    issuer: authority.subject,
    notBefore,
    notAfter,
    signingKey,
    publicKey: keys.publicKey,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(purposes[purpose].map(each => x509.ExtendedKeyUsage[each])),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      new x509.SubjectAlternativeNameExtension(names),
    ],
  });
  const key = x509.PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { key, cert: certificate.toString("pem") };
}

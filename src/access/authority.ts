/**
 * The certificate authority of a cluster: signs what users and nodes ask for, each signer what it is there for, as Kubernetes'
 * own do (`pkg/controller/certificates/signer`). What kubelets serve with is signed by an authority of their own (kubelet-authority.ts). Clients that show what it has signed for this cluster are known by the name in it.
 */
import type { CertificateSigningRequest } from "../resources/index.ts";
import { type AuthorityFiles, signingKey } from "./certificates.ts";
import {
  type ControlPlaneCertificate,
  type ControlPlanePurpose,
  controlPlaneCertificate,
} from "./control-plane-certificate.ts";
import type { IssuedCertificates } from "./issued-certificates.ts";
import { kubeletAuthority } from "./kubelet-authority.ts";
import { loadX509 } from "./x509.ts";

/** Why a request is refused for good. */
export class RefusedToSign extends Error {
  override readonly name = "RefusedToSign";
}

const longestMs = 365 * 24 * 60 * 60 * 1_000;
/** Clocks of machines differ. */
const backdateMs = 5 * 60 * 1_000;

const digital = "digital signature";
const encipherment = "key encipherment";

interface Signer {
  /** The purpose that must be asked for. */
  readonly purpose: "client auth" | "server auth";
  /** Whether it signs for nodes alone: `system:node:NAME` of the group `system:nodes`. */
  readonly isForNodes: boolean;
}

const signers: ReadonlyMap<string, Signer> = new Map([
  ["kubernetes.io/kube-apiserver-client", { purpose: "client auth", isForNodes: false }],
  ["kubernetes.io/kube-apiserver-client-kubelet", { purpose: "client auth", isForNodes: true }],
  ["kubernetes.io/kubelet-serving", { purpose: "server auth", isForNodes: true }],
]);

/** Whether the certificate is ours to make; other signers have controllers of their own. */
export function isOurSigner(name: string): boolean {
  return signers.has(name);
}

export class Authority {
  readonly #files: () => AuthorityFiles;
  readonly #issued: IssuedCertificates;
  readonly #ofServer: () => string | undefined;
  /** Made when it is needed, of the authority as it is. */
  #ofKubelets: { readonly of: string; readonly made: Promise<AuthorityFiles> } | undefined;

  /**
   * @param files as they are now: they are renewed while it runs
   * @param issued takes what it signs
   * @param ofServer by whom the API server is to be trusted, where it shows a certificate of another authority
   */
  constructor(
    files: () => AuthorityFiles,
    issued: IssuedCertificates,
    ofServer: () => string | undefined = () => undefined,
  ) {
    this.#files = files;
    this.#issued = issued;
    this.#ofServer = ofServer;
  }

  /** The certificate of the authority, by which others trust what it signs; PEM. */
  get certificate(): string {
    return this.#files().ca;
  }

  /** By whom everything in the cluster is to be trusted that serves: what pods find as `ca.crt`; PEM. */
  get trusted(): string {
    const ofServer = this.#ofServer();
    return ofServer === undefined ? this.certificate : `${ofServer.trimEnd()}\n${this.certificate}`;
  }

  /** The certificate of the authority by which kubelets are known to those who ask them; PEM. */
  async ofKubelets(): Promise<string> {
    return (await this.#kubelets()).ca;
  }

  /** By which the control plane shows nodes who it is; good for as long as the authority itself. */
  controlPlane(hosts: readonly string[], now: number): Promise<ControlPlaneCertificate> {
    return this.#controlPlane(this.#files(), "clientAuth", hosts, now);
  }

  /** By which the nodes of its process show who they are. */
  async controlPlaneNodes(hosts: readonly string[], now: number): Promise<ControlPlaneCertificate> {
    return this.#controlPlane(await this.#kubelets(), "serverAuth", hosts, now);
  }

  /** The certificate that is asked for, PEM. Rejects with RefusedToSign for what the signer does not sign. */
  async sign({ spec }: CertificateSigningRequest, now: number): Promise<string> {
    const signer = signers.get(spec.signerName);
    if (!signer) throw new RefusedToSign(`there is no signer ${JSON.stringify(spec.signerName)}`);
    const x509 = await loadX509();
    const request = await readRequest();
    const usages = [spec.usages ?? []].flat();
    const { subjectName, publicKey } = request;
    check(signer, usages, subjectName.getField("CN"), subjectName.getField("O"));
    const names = request.extensions.find(each => each instanceof x509.SubjectAlternativeNameExtension);
    if (signer.purpose === "server auth" && !names)
      throw new RefusedToSign("subject alternative names (DNS or IP) are required");
    const purpose = signer.purpose === "client auth" ? "clientAuth" : "serverAuth";
    const flags = usages.includes(encipherment) ? x509.KeyUsageFlags.keyEncipherment : 0;
    const { ca, caKey } = signer.purpose === "server auth" ? await this.#kubelets() : this.#files();
    const authority = new x509.X509Certificate(ca);
    const certificate = await x509.X509CertificateGenerator.create({
      subject: subjectName.toString(),
      issuer: authority.subject,
      notBefore: new Date(now - backdateMs),
      notAfter: new Date(Math.min(now + lifetimeMs(spec.expirationSeconds), authority.notAfter.getTime())),
      signingKey: await signingKey(caKey),
      publicKey,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | flags, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[purpose]]),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
        ...(names && signer.purpose === "server auth" ? [names] : []),
      ],
    });
    const pem = `${certificate.toString("pem")}\n`;
    this.#issued.add(pem);
    return pem;

    async function readRequest() {
      try {
        const read = new x509.Pkcs10CertificateRequest(Buffer.from(spec.request, "base64").toString());
        if (await read.verify()) return read;
      } catch (cause) {
        throw new RefusedToSign("unable to parse csr", { cause });
      }
      throw new RefusedToSign("the signature of the csr is wrong");
    }
  }

  async #controlPlane(
    { ca, caKey }: AuthorityFiles,
    purpose: ControlPlanePurpose,
    hosts: readonly string[],
    now: number,
  ): Promise<ControlPlaneCertificate> {
    const x509 = await loadX509();
    const { notAfter } = new x509.X509Certificate(ca);
    const notBefore = new Date(now - backdateMs);
    const valid = { notBefore, notAfter };
    return controlPlaneCertificate({ ca, signingKey: await signingKey(caKey), purpose, hosts, ...valid });
  }

  #kubelets(): Promise<AuthorityFiles> {
    const files = this.#files();
    if (this.#ofKubelets?.of !== files.ca) this.#ofKubelets = { of: files.ca, made: kubeletAuthority(files) };
    return this.#ofKubelets.made;
  }
}

/** Throws RefusedToSign where the signer does not sign that. */
function check(
  { purpose, isForNodes }: Signer,
  usages: readonly string[],
  [name = ""]: readonly string[],
  organizations: readonly string[],
): void {
  const allowed = [digital, encipherment, purpose];
  if (!usages.includes(purpose) || !usages.every(usage => allowed.includes(usage)))
    throw new RefusedToSign(`usages did not match ${allowed.join(", ")}: ${usages.join(", ")}`);
  if (organizations.includes("system:masters"))
    throw new RefusedToSign("certificates of the group system:masters are not signed");
  if (!isForNodes) return;
  if (!name.startsWith("system:node:"))
    throw new RefusedToSign("subject common name does not begin with system:node:");
  if (organizations.length !== 1 || organizations[0] !== "system:nodes")
    throw new RefusedToSign("subject organization is not system:nodes");
}

function lifetimeMs(seconds: number | undefined): number {
  return Math.min(seconds === undefined ? longestMs : seconds * 1_000, longestMs);
}

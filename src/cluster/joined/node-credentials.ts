/**
 * The certificate by which a node is known to the API server. It is asked for with a bootstrap token, kept with its key in the node's folder, and
 * asked for again, by the node itself, when most of its life is over, as a kubelet does.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newCertificateRequest, writeSecret } from "../../access/index.ts";
import { type ServerAddress, ServerConnection } from "../../client/index.ts";
import { ApiError, hasReason } from "../../errors/index.ts";
import type { Clock, Random, Timer } from "../../outside/index.ts";
import type { CertificateSigningRequest } from "../../resources/index.ts";

const requestsPath = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const file = "node-client.json";
/** So long the cluster has to decide. */
const patienceMs = 30_000;
const pollMs = 200;
/** After so long it is said that it waits. */
const waitingMs = 3_000;
/** After a certificate could not be renewed: each time twice as long, up to the second. Each is a request of its own at the server. */
const retryMs = 60_000;
const longestRetryMs = 15 * 60_000;
/** Of a certificate's life, until the next one is asked for; a part by chance, so that not all nodes ask at once. */
const usedShare = 0.7;

/** PEM, each. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface CredentialsParts {
  readonly server: string;
  readonly node: string;
  /** Where they are kept. */
  readonly folder: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
  /** Told once where nobody has approved a certificate for a while. */
  readonly onWaiting?: ((forWhat: string) => void) | undefined;
}

export class NodeCredentials {
  readonly #parts: CredentialsParts;
  #held: Credentials;
  #renewal: Timer | undefined;
  #tries = 0;
  readonly #stopping = new AbortController();

  constructor(parts: CredentialsParts, held: Credentials) {
    this.#parts = parts;
    this.#held = held;
    this.#renewLater();
  }

  get held(): Credentials {
    return this.#held;
  }

  get address(): ServerAddress {
    return { server: this.#parts.server, ...this.#held };
  }

  stop(): void {
    this.#stopping.abort();
    this.#renewal?.cancel();
  }

  /** A certificate for what this node serves, at these names and addresses. */
  serving(hosts: readonly string[], signal?: AbortSignal): Promise<Credentials> {
    const purpose = { signerName: "kubernetes.io/kubelet-serving", usage: "server auth" } as const;
    return certificateFor(this.#parts, this.address, { ...purpose, hosts }, signal);
  }

  #renewLater(): void {
    const { clock, random } = this.#parts;
    const { validFrom, validTo } = new X509Certificate(this.#held.cert);
    const life = Date.parse(validTo) - Date.parse(validFrom);
    const due = Date.parse(validFrom) + life * (usedShare + 0.2 * random.next());
    this.#renewal = clock.after(Math.max(due - clock.now(), 0), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { clock, onFault } = this.#parts;
    const { signal } = this.#stopping;
    try {
      this.#held = await certificateFor(this.#parts, this.address, clientPurpose, signal);
      keep(this.#parts, this.#held);
      this.#tries = 0;
      this.#renewLater();
    } catch (error) {
      if (signal.aborted) return;
      onFault(error);
      const inMs = Math.min(retryMs * 2 ** this.#tries++, longestRetryMs);
      this.#renewal = clock.after(inMs, () => void this.#renew());
    }
  }
}

const clientPurpose = {
  signerName: "kubernetes.io/kube-apiserver-client-kubelet",
  usage: "client auth",
} as const;

/** Those of before, while they are good. */
export function keptCredentials({ folder, node, clock }: CredentialsParts): Credentials | undefined {
  if (folder === undefined) return undefined;
  try {
    const kept = JSON.parse(readFileSync(join(folder, file), "utf8")) as Partial<Credentials>;
    const { ca = "", cert = "", key = "" } = kept;
    const certificate = new X509Certificate(cert);
    const isOurs = certificate.subject.split("\n").includes(`CN=system:node:${node}`);
    return isOurs && Date.parse(certificate.validTo) > clock.now() ? { ca, cert, key } : undefined;
  } catch {
    // Not there yet, or spoilt: another is asked for.
    return undefined;
  }
}

/** The first ones, asked for with a bootstrap token. Fails with Unauthorized, Forbidden or Timeout. */
export async function firstCredentials(
  parts: CredentialsParts,
  token: string,
  ca: string,
  signal?: AbortSignal,
): Promise<Credentials> {
  const given = await certificateFor(parts, { server: parts.server, token, ca }, clientPurpose, signal);
  keep(parts, given);
  return given;
}

function keep({ folder }: CredentialsParts, credentials: Credentials): void {
  if (folder !== undefined) writeSecret(join(folder, file), JSON.stringify(credentials));
}

interface Purpose {
  readonly signerName: string;
  readonly usage: string;
  readonly hosts?: readonly string[];
}

async function certificateFor(
  { node, clock, random, onWaiting }: CredentialsParts,
  address: ServerAddress,
  { signerName, usage, hosts }: Purpose,
  signal?: AbortSignal,
): Promise<Credentials> {
  const connection = new ServerConnection(address);
  const wanted = { commonName: `system:node:${node}`, organizations: ["system:nodes"] };
  const { key, request } = await newCertificateRequest({ ...wanted, ...(hosts && { hosts }) });
  const name = `node-csr-${random.uuid()}`;
  const asked = { silenceMs: patienceMs, ...(signal && { signal }) };
  const body = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName,
      usages: ["digital signature", usage],
    },
  };
  await connection.json(requestsPath, { ...asked, method: "POST", body });
  const path = `${requestsPath}/${name}`;
  const how = `kubectl certificate approve ${name}`;
  const begun = clock.elapsed();
  let isTold = false;
  while (clock.elapsed() - begun < patienceMs) {
    if (!isTold && clock.elapsed() - begun >= waitingMs) {
      isTold = true;
      onWaiting?.(`the certificate of ${node} waits to be approved: ${how}`);
    }
    const { status } = await connection.json<CertificateSigningRequest>(path, asked).catch(error => {
      // A server that starts again meanwhile has it still.
      if (!hasReason(error, "ServiceUnavailable")) throw error;
      return { status: undefined };
    });
    if (status?.certificate)
      return { ca: address.ca ?? "", cert: Buffer.from(status.certificate, "base64").toString(), key };
    const no = status?.conditions?.find(({ type }) => type === "Denied" || type === "Failed");
    if (no)
      throw new ApiError("Forbidden", `the cluster gives ${node} no certificate: ${no.message ?? no.reason}`);
    await clock.sleep(pollMs, signal);
  }
  throw new ApiError(
    "Timeout",
    `nobody has approved the certificate of ${node} within ${patienceMs / 1_000} s: ${how}`,
  );
}

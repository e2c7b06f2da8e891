/**
 * Puts a server up: a certificate and a token where they are wanted, the socket, and the requests that come in. It is loaded
 * when a cluster is to be served, so that a program which serves nothing reads none of it.
 */
import { randomBytes } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import {
  AuditLog,
  AuditPolicy,
  Authority,
  anonymous,
  type IssuedCertificates,
  issuerConfiguration,
  kubeconfigFor,
  type ServiceAccountTokens,
} from "../access/index.ts";
import { ApiError } from "../errors/index.ts";
import { listenAddress, type Random } from "../outside/index.ts";
import { administrator, type User } from "../store/index.ts";
import type { HttpRequest } from "./answer.ts";
import { ApiServer, type ApiServerParts } from "./api-server.ts";
import { Audit } from "./audit.ts";
import { Identification } from "./identification.ts";
import { type Address, Listener } from "./listener.ts";
import type { ResourceRequestParts } from "./resource-requests.ts";
import { ServingCertificate } from "./serving-certificate.ts";
import { assertNoForeignPage } from "./web-pages.ts";

export interface ServeOptions {
  /** `HOST:PORT`, or a port alone; loopback and any free port where left out. */
  readonly listen?: string | number;
  /**
   * Whether the connection is encrypted. Default: true. Where it is not, clients show no token, and whatever reaches the
   * server may do everything, but web pages of other sites: it then listens on loopback only.
   */
  readonly tls?: boolean;
  /**
   * The certificate that the server shows, and its key: files, as path or file URL, read again when they change. One of its own where left
   * out, signed by the cluster's authority.
   */
  readonly tlsCert?: string | URL;
  readonly tlsKey?: string | URL;
  /** By whom clients are to trust that certificate: a file. By the certificate itself, and what comes with it, where left out. */
  readonly tlsCa?: string | URL;
  /** What cluster, user and context are called in the kubeconfig: files of several clusters can be merged. Default: `k4s`. */
  readonly name?: string;
  /** What clients show; one by chance where left out. */
  readonly token?: string;
  /** A file to which a line is appended for each stage of each request (audit.k8s.io/v1); "-" for standard output. */
  readonly auditLog?: string;
  /** A file that says which requests it tells of, and how much (`Policy` of audit.k8s.io/v1); their metadata where left out. */
  readonly auditPolicy?: string;
  /** Where certificates are kept; made anew each time where left out. */
  readonly folder?: string | undefined;
}

/** A server that answers. */
export interface Serving {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  readonly token: string;
  /** The certificate of the authority to trust, PEM; undefined where the connection is not encrypted. */
  readonly ca: string | undefined;
  /** The text of a file that kubectl, helm and every other client can use. */
  readonly kubeconfig: string;
  /** Signs certificates for clients; undefined where the connection is not encrypted. */
  readonly authority: Authority | undefined;
  /** Ends every connection. Resolves when the port is free. */
  close(): Promise<void>;
}

export interface ServeParts
  extends ResourceRequestParts,
    Pick<ApiServerParts, "metrics" | "families" | "reported"> {
  readonly tokens: ServiceAccountTokens;
  /** Whose the tokens are that clients show. */
  readonly authenticate: ServiceAccountTokens["authenticate"];
  /** What the cluster has signed; the same for all servers of a cluster. */
  readonly issued: IssuedCertificates;
  readonly random: Pick<Random, "uuid">;
  /** Takes what goes wrong with the audit log, and mistakes of ours in what goes on over a connection. */
  readonly onFault: (fault: unknown) => void;
  readonly pages?: ApiServerParts["pages"];
  readonly images?: ApiServerParts["images"];
}

/** Resolves when it answers. Fails with BadRequest where it cannot listen there, or may not without TLS. */
export async function serve(
  { tokens, authenticate, issued, random, onFault, ...parts }: ServeParts,
  {
    listen,
    tls = true,
    tlsCert,
    tlsKey,
    tlsCa,
    token = randomBytes(24).toString("base64url"),
    name,
    folder,
    auditLog,
    auditPolicy,
  }: ServeOptions = {},
): Promise<Serving> {
  const asked = addressOf(listen);
  if (!tls && !isLoopback(asked.host)) throw notEncrypted(asked.host);
  const hosts = hostsOf(asked.host);
  assertTogether({ tls, tlsCert, tlsKey, tlsCa });
  if (auditPolicy !== undefined && auditLog === undefined)
    throw new ApiError("BadRequest", "an audit policy says what an audit log tells, and there is none");
  const policy = auditPolicy === undefined ? undefined : AuditPolicy.fromFile(auditPolicy);
  const log = auditLog === undefined ? undefined : new AuditLog(auditLog, { clock: parts.clock, onFault });
  const identification = new Identification({
    tokens: { authenticate },
    issued,
    known: [[token, administrator]],
    // Clients show no secret over a connection that is not encrypted.
    unknown: tls ? () => anonymous : ofThisMachine,
    demand: (user, attributes) => parts.api.authorization.demand(user, attributes),
  });
  const server = new ApiServer({
    ...parts,
    onFault,
    authenticate: request => identification.senderOf(request),
    actingAs: (sender, request) => identification.actingAs(sender, request),
    audit: log && new Audit({ clock: parts.clock, write: event => log.write(event), policy }),
    random,
    issuerDocuments: { configuration: () => issuerConfiguration(url), keySet: () => tokens.keySet() },
  });
  function ofThisMachine(request: HttpRequest): User {
    assertNoForeignPage(request, hosts);
    return administrator;
  }
  const files = { tlsCert, tlsKey, tlsCa };
  const certificate = tls
    ? await ServingCertificate.open({ hosts, folder, ...files, clock: parts.clock, onFault })
    : undefined;
  const listener = await Listener.open(asked, server, certificate?.shown);
  certificate?.follow(shown => listener.show(shown));
  const url = `${tls ? "https" : "http"}://${reachable(listener.address)}`;
  const ca = certificate?.trusted;
  const serverName = certificate?.nameFor(new URL(url).hostname.replace(/^\[|\]$/g, ""));
  return {
    url,
    token,
    ca,
    authority:
      certificate &&
      new Authority(
        () => certificate.authority,
        issued,
        () => certificate.trustedOtherwise,
      ),
    kubeconfig: kubeconfigFor({ url, ca, serverName, token }, name),
    async close() {
      certificate?.close();
      await listener.close();
      await log?.close();
    },
  };
}

/** Throws BadRequest for what is no address. */
function addressOf(listen: string | number = "127.0.0.1:0"): Address {
  const address = listenAddress(listen);
  if (address) return address;
  const given = JSON.stringify(listen);
  throw new ApiError("BadRequest", `listen must be HOST:PORT, such as 127.0.0.1:6443, not ${given}`);
}

/** Throws BadRequest for files that are worth nothing as they are given. */
function assertTogether({ tls, tlsCert, tlsKey, tlsCa }: Omit<ServeOptions, "listen">): void {
  const bad = (problem: string) => new ApiError("BadRequest", problem);
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw bad(
      tlsCert === undefined
        ? "tlsKey is given, and tlsCert is missing: the certificate that the key is of"
        : "tlsCert is given, and tlsKey is missing: the key of the certificate",
    );
  if (tlsCert === undefined && tlsCa !== undefined)
    throw bad("tlsCa is given, and tlsCert is missing: by whom clients are to trust what?");
  if (tls === false && tlsCert !== undefined)
    throw bad("tlsCert is given, and without TLS no certificate is shown");
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/i.test(host);
}

/** Whoever reaches it there could run programs as the user of this one. */
function notEncrypted(host: string): ApiError {
  const why = `${host} can be reached from elsewhere, and without TLS whatever reaches the server may do everything`;
  return new ApiError("BadRequest", `${why}: listen on 127.0.0.1, or serve with TLS`);
}

/** By which names a server that listens there may be called. */
function hostsOf(host: string): string[] {
  const inside = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  const own = ["localhost", "127.0.0.1", "::1", ...inside, `${inside.at(-1)}.cluster.local`, "10.96.0.1"];
  const isEverywhere = host === "0.0.0.0" || host === "::";
  // Nodes and clients of other machines come by an address of this one.
  const ofMachine = Object.values(networkInterfaces()).flatMap(all => all ?? []);
  const addresses = ofMachine
    .filter(({ internal }) => !internal)
    .map(({ address }) => address.split("%")[0] ?? "");
  return [...new Set([...own, ...(isEverywhere ? [hostname(), ...addresses] : [host])])];
}

/** How this machine reaches what listens there. */
function reachable({ host, port }: Address): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

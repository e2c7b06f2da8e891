/**
 * One node far away as those see it that connect to it: where it is, what is shown to it, and by what it is known. Both ends show a certificate of
 * the cluster's authority, and the node's must name it: who has taken its address is told nothing.
 */
import type { PeerCertificate } from "node:tls";
import { type Credentials, nodeHeader } from "./spoken.ts";

export interface NodePlace {
  /** The name of the node. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What one that asks shows; asked for each new connection, for certificates are renewed. */
export type CredentialsSource = () => Credentials | Promise<Credentials>;

export class NodePeer {
  readonly place: NodePlace;
  readonly #credentials: CredentialsSource;

  constructor(place: NodePlace, credentials: CredentialsSource) {
    this.place = place;
    this.#credentials = credentials;
  }

  get authority(): string {
    const { host, port } = this.place;
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** What TLS is begun with. */
  async secured(): Promise<Credentials & { readonly checkServerIdentity: Check }> {
    const { key, cert, ca } = await this.#credentials();
    const { checkServerIdentity } = await import("node:tls");
    const check: Check = (host, certificate) =>
      checkServerIdentity(host, certificate) ?? isOf(this.place.name, certificate);
    return { key, cert, ca, checkServerIdentity: check };
  }

  /** What is sent with each request. */
  get headers(): Readonly<Record<string, string>> {
    return { [nodeHeader]: this.place.name };
  }
}

type Check = (host: string, certificate: PeerCertificate) => Error | undefined;

/** Why a certificate is not of that node; undefined where it is. Those of the control plane stand for all of its nodes. */
function isOf(name: string, { subject }: PeerCertificate): Error | undefined {
  const { CN, O } = subject as Readonly<Record<string, string | readonly string[] | undefined>>;
  const names = [CN ?? []].flat();
  const groups = [O ?? []].flat();
  if (groups.includes("system:masters")) return undefined;
  if (groups.includes("system:nodes") && names.includes(`system:node:${name}`)) return undefined;
  return new Error(`the certificate is of ${names.join(", ")}, not of node ${name}`);
}

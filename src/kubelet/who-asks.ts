/**
 * Who asks a node, by the certificate that it shows, and what it may ask for. As with kubelets only the cluster's authority is believed; the
 * API server and administrators may everything, other nodes may connect their pods to those of this one, and nobody else may anything.
 */
import type { TLSSocket } from "node:tls";

export interface Asker {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Undefined for one whose certificate our authority has not signed, or that has none. */
export function askerOf(socket: Pick<TLSSocket, "authorized" | "getPeerCertificate">): Asker | undefined {
  if (!socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject as Readonly<
    Record<string, string | readonly string[] | undefined>
  >;
  const [name = ""] = [CN ?? []].flat();
  return name === "" ? undefined : { name, groups: [O ?? []].flat() };
}

export function mayAll({ groups }: Asker): boolean {
  return groups.includes("system:masters");
}

/** The name of the node that it is; undefined where it is none. */
export function nodeOf({ name, groups }: Asker): string | undefined {
  const prefix = "system:node:";
  return groups.includes("system:nodes") && name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** As a kubelet words it. */
export function forbiddenText({ name }: Asker, method: string | undefined): string {
  const verb = method === "GET" || method === "HEAD" || method === undefined ? "get" : "create";
  return `Forbidden (user=${name}, verb=${verb}, resource=nodes, subresource(s)=[proxy])`;
}

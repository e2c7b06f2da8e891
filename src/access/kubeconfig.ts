/** The file by which every Kubernetes client finds a cluster: where it is, whom to trust, and what to show. */
import { dump } from "js-yaml";

export interface ClusterAddress {
  readonly url: string;
  /** PEM; undefined where the connection is not encrypted. */
  readonly ca?: string | undefined;
  /** What its certificate calls it, where that is not the name in the address. */
  readonly serverName?: string | undefined;
  readonly token: string;
}

/** By which an entry is known as that of a cluster of ours, in a file that holds others too. */
const ownMark = { name: "k4s", extension: { provider: "k4s" } };

/** Whether the `cluster` of an entry in a kubeconfig is one that `kubeconfigFor` has written. */
export function isOwnCluster(cluster: unknown): boolean {
  const { extensions } = (cluster ?? {}) as { readonly extensions?: unknown };
  return Array.isArray(extensions) && extensions.some(each => each?.name === ownMark.name);
}

/** YAML text, its cluster, user and context called by this name. */
export function kubeconfigFor({ url, ca, serverName, token }: ClusterAddress, name = "k4s"): string {
  const cluster = {
    server: url,
    extensions: [ownMark],
    ...(serverName && { "tls-server-name": serverName }),
    ...(ca && { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
  };
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

/** The file by which every Kubernetes client finds a cluster: where it is, whom to trust, and what to show. */
import { dump } from "js-yaml";

export interface ClusterAddress {
  readonly url: string;
  /** PEM; undefined where the connection is not encrypted. */
  readonly ca?: string | undefined;
  readonly token: string;
}

/** YAML text, its cluster, user and context called by this name. */
export function kubeconfigFor({ url, ca, token }: ClusterAddress, name = "k4s"): string {
  const cluster = {
    server: url,
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

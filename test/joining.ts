/** What a node of another process joins the cluster of a test with: the certificate of whom it believes, and a bootstrap token. */
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { TestCluster } from "k4s/testing";

/** PEM. */
export function authorityIn({ kubeconfig }: Pick<TestCluster, "kubeconfig">): string {
  const { clusters } = load(readFileSync(kubeconfig, "utf8")) as {
    clusters: { cluster: Record<string, string> }[];
  };
  return Buffer.from(clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString();
}

/** @param id six letters or digits; @param more what else the Secret says, or otherwise */
export async function bootstrapToken(
  { cluster }: Pick<TestCluster, "cluster">,
  id: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const secret = "0123456789abcdef";
  await cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": id,
      "token-secret": secret,
      "usage-bootstrap-authentication": "true",
      ...more,
    },
  } as never);
  return `${id}.${secret}`;
}

/**
 * Who may join the cluster as a node: the bindings that kubeadm makes, and Kubernetes' API server does not. Who shows a bootstrap token may ask for the
 * certificate of a node and gets it, and a node gets the next one when its own runs out. And by which authorities nodes
 * know each other, and who asks them: a ConfigMap that all nodes may read.
 */
import type { Draft } from "../../resources/index.ts";

const apiGroup = "rbac.authorization.k8s.io";
const certificates = "system:certificates.k8s.io:certificatesigningrequests";

const bindings = [
  ["k4s:kubelet-bootstrap", "system:node-bootstrapper", "system:bootstrappers"],
  ["k4s:node-autoapprove-bootstrap", `${certificates}:nodeclient`, "system:bootstrappers"],
  ["k4s:node-autoapprove-certificate-rotation", `${certificates}:selfnodeclient`, "system:nodes"],
] as const;

export const nodeBootstrapBindings: readonly Draft[] = bindings.map(
  ([name, role, group]) =>
    ({
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup, kind: "ClusterRole", name: role },
      subjects: [{ kind: "Group", apiGroup, name: group }],
    }) as Draft,
);

export const kubeletAuthoritiesName = "kubelet-authorities";
export const kubeletAuthorityKeys = { serving: "serving-ca.crt", client: "client-ca.crt" } as const;

/** @param authorities the certificates by which kubelets are known, and by which they know who asks, PEM */
export function kubeletAuthorityObjects(authorities: {
  readonly serving: string;
  readonly client: string;
}): readonly Draft[] {
  const metadata = { name: kubeletAuthoritiesName, namespace: "kube-system" };
  const named = { ...metadata, name: `k4s:${kubeletAuthoritiesName}` };
  const rules = [
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [kubeletAuthoritiesName], verbs: ["get"] },
  ];
  const data = {
    [kubeletAuthorityKeys.serving]: authorities.serving,
    [kubeletAuthorityKeys.client]: authorities.client,
  };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data } as Draft,
    { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata: named, rules } as Draft,
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata: named,
      roleRef: { apiGroup, kind: "Role", name: named.name },
      subjects: [{ kind: "Group", apiGroup, name: "system:nodes" }],
    } as Draft,
  ];
}

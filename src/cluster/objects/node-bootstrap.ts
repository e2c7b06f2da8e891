/**
 * Who may join the cluster as a node: the bindings that kubeadm makes, and Kubernetes' API server does not. Who shows a bootstrap token may ask for the
 * certificate of a node and gets it, and a node gets the next one when its own runs out.
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

/** What `kubectl get` prints of bindings, certificates and admission, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { condition, printed } from "./test-cells.ts";

const request = { signerName: "s", username: "jane" };

const subjects = [
  { kind: "User", name: "jane" },
  { kind: "User", name: "joe" },
  { kind: "Group", name: "g" },
  { kind: "ServiceAccount", namespace: "ns", name: "s" },
];

printed(
  "CertificateSigningRequest",
  ["SignerName", "Requestor", "RequestedDuration", "Condition"],
  [
    ["new", { spec: request }, ["s", "jane", "<none>", "Pending"]],
    [
      "approved",
      { spec: { ...request, expirationSeconds: 3600 }, status: condition("Approved") },
      ["s", "jane", "60m", "Approved"],
    ],
    [
      "issued",
      { spec: request, status: { ...condition("Approved"), certificate: "Yw==" } },
      ["s", "jane", "<none>", "Approved,Issued"],
    ],
    [
      "denied counts more",
      {
        spec: request,
        status: { conditions: [{ type: "Approved" }, { type: "Denied" }, { type: "Failed" }] },
      },
      ["s", "jane", "<none>", "Denied,Failed"],
    ],
  ],
);

for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
  printed(
    kind,
    ["Role", "Users", "Groups", "ServiceAccounts"],
    [
      [
        "of all sorts",
        { roleRef: { kind: "ClusterRole", name: "r" }, subjects },
        ["ClusterRole/r", "jane, joe", "g", "ns/s"],
      ],
      ["of nobody", { roleRef: { kind: "Role", name: "r" } }, ["Role/r", "", "", ""]],
    ],
  );
}

for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
  printed(
    kind,
    ["Webhooks"],
    [
      ["two", { webhooks: [{}, {}] }, [2]],
      ["none", {}, [0]],
    ],
  );

printed(
  "ValidatingAdmissionPolicy",
  ["Validations", "ParamKind"],
  [
    [
      "with a parameter",
      { spec: { validations: [{}], paramKind: { apiVersion: "g.example/v1", kind: "K" } } },
      [1, "g.example/v1/K"],
    ],
    ["without", { spec: {} }, [0, "<unset>"]],
  ],
);

printed(
  "ValidatingAdmissionPolicyBinding",
  ["PolicyName", "ParamRef"],
  [
    ["without a parameter", { spec: { policyName: "p" } }, ["p", "<unset>"]],
    ["by name", { spec: { policyName: "p", paramRef: { name: "n", namespace: "ns" } } }, ["p", "ns/n"]],
    ["by name, anywhere", { spec: { policyName: "p", paramRef: { name: "n" } } }, ["p", "*/n"]],
    [
      "by labels, as Go prints them",
      {
        spec: {
          policyName: "p",
          paramRef: {
            namespace: "ns",
            selector: {
              matchLabels: { b: "2", a: "1" },
              matchExpressions: [{ key: "k", operator: "In", values: ["v", "w"] }],
            },
          },
        },
      },
      [
        "p",
        "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[v w],},},}",
      ],
    ],
  ],
);

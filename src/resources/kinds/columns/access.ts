/** What `kubectl get` shows of access and admission: roles' bindings, certificates, webhooks, admission policies. */

import type { Column } from "../../definition/index.ts";
import type {
  CertificateSigningRequest,
  ClusterRoleBinding,
  MutatingWebhookConfiguration,
  RoleBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from "../../generated/kubernetes.gen.ts";
import { goTextOfSelector } from "../../selectors/index.ts";
import { shortAge } from "../../short-age.ts";
import { ageColumn, nameColumn } from "./cells.ts";

export const bindingColumns: readonly Column<RoleBinding | ClusterRoleBinding>[] = [
  { name: "Role", cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  { name: "Users", wide: true, cell: binding => subjects(binding, "User") },
  { name: "Groups", wide: true, cell: binding => subjects(binding, "Group") },
  { name: "ServiceAccounts", wide: true, cell: binding => subjects(binding, "ServiceAccount") },
];

function subjects({ subjects = [] }: RoleBinding | ClusterRoleBinding, wanted: string): string {
  return subjects
    .filter(({ kind }) => kind === wanted)
    .map(({ namespace = "", name }) => (wanted === "ServiceAccount" ? `${namespace}/${name}` : name))
    .join(", ");
}

export const certificateColumns: readonly Column<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  { name: "SignerName", cell: ".spec.signerName" },
  { name: "Requestor", cell: ({ spec }) => spec.username ?? "" },
  {
    name: "RequestedDuration",
    cell: ({ spec }) =>
      spec.expirationSeconds === undefined ? "<none>" : shortAge(spec.expirationSeconds * 1000),
  },
  {
    name: "Condition",
    cell({ status: { conditions = [], certificate } = {} }) {
      const has = (wanted: string) => conditions.some(({ type }) => type === wanted);
      const said = [has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending"];
      if (has("Failed")) said.push("Failed");
      if (certificate) said.push("Issued");
      return said.join(",");
    },
  },
];

export const webhookColumns: readonly Column<
  MutatingWebhookConfiguration | ValidatingWebhookConfiguration
>[] = [{ name: "Webhooks", type: "integer", cell: ({ webhooks }) => webhooks?.length ?? 0 }];

export const admissionPolicyColumns: readonly Column<ValidatingAdmissionPolicy>[] = [
  { name: "Validations", type: "integer", cell: ({ spec }) => spec?.validations?.length ?? 0 },
  {
    name: "ParamKind",
    cell: ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : "<unset>"),
  },
];

export const admissionBindingColumns: readonly Column<ValidatingAdmissionPolicyBinding>[] = [
  { name: "PolicyName", cell: ({ spec }) => spec?.policyName ?? "" },
  {
    name: "ParamRef",
    cell({ spec }) {
      const { namespace, name, selector } = spec?.paramRef ?? {};
      if (name) return `${namespace || "*"}/${name}`;
      return selector ? goTextOfSelector(selector) : "<unset>";
    },
  },
];

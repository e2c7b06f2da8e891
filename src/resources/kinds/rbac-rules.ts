/**
 * The rules of roles and their bindings that a schema cannot say, as in Kubernetes' `pkg/apis/rbac/validation`. Whether a user
 * may give the rights that a role has is asked elsewhere: here it is only whether the role makes sense.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { invalidValue, notSupported, required } from "../faults.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from "../generated/kubernetes.gen.ts";

const group = "rbac.authorization.k8s.io";

/** Roles; a ClusterRole may speak of paths that are no resources as well. */
export const roleRules: KindRules<Role> = {
  validate: ({ rules = [] }) => rules.flatMap((rule, i) => ruleFaults(rule, `rules[${i}]`, true)),
};
export const clusterRoleRules: KindRules<ClusterRole> = {
  validate: ({ rules }) => (rules ?? []).flatMap((rule, i) => ruleFaults(rule, `rules[${i}]`, false)),
};

function ruleFaults(rule: PolicyRule, field: string, isNamespaced: boolean): Cause[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const causes: Cause[] = [];
  if (verbs.length === 0) causes.push(required(`${field}.verbs`, "verbs must contain at least one value"));
  if (nonResourceURLs.length > 0) {
    const paths = (problem: string) => invalidValue(`${field}.nonResourceURLs`, nonResourceURLs, problem);
    if (isNamespaced) return [...causes, paths("namespaced rules cannot apply to non-resource URLs")];
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      causes.push(paths("rules cannot apply to both regular resources and non-resource URLs"));
    return causes;
  }
  const one = (what: string) => `resource rules must supply at least one ${what}`;
  if (apiGroups.length === 0) causes.push(required(`${field}.apiGroups`, one("api group")));
  if (resources.length === 0) causes.push(required(`${field}.resources`, one("resource")));
  return causes;
}

type AnyBinding = RoleBinding | ClusterRoleBinding;
type Subject = NonNullable<AnyBinding["subjects"]>[number];

/** Both kinds of bindings: the group of what they name is filled in, and what they name cannot be changed. */
function bindingRules<T extends AnyBinding>(roles: readonly string[], isNamespaced: boolean): KindRules<T> {
  return {
    fill(draft) {
      const { roleRef, subjects }: Pick<AnyBinding, "roleRef" | "subjects"> = draft;
      return {
        ...draft,
        ...(roleRef && { roleRef: { ...roleRef, apiGroup: roleRef.apiGroup || group } }),
        ...(subjects && {
          subjects: subjects.map(subject =>
            subject.apiGroup || subject.kind === "ServiceAccount" ? subject : { ...subject, apiGroup: group },
          ),
        }),
      };
    },
    validate: ({ roleRef, subjects = [] }: Pick<AnyBinding, "roleRef" | "subjects">, old) => [
      ...refFaults(roleRef, roles),
      ...subjects.flatMap((subject, i) => subjectFaults(subject, `subjects[${i}]`, isNamespaced)),
      ...changeFaults(roleRef, old?.roleRef),
    ],
  };
}

export const roleBindingRules = bindingRules<RoleBinding>(["Role", "ClusterRole"], true);
export const clusterRoleBindingRules = bindingRules<ClusterRoleBinding>(["ClusterRole"], false);

/** A binding without it breaks its schema, which says so. */
function refFaults(roleRef: RoleBinding["roleRef"] | undefined, roles: readonly string[]): Cause[] {
  if (!roleRef) return [];
  const { apiGroup, kind, name } = roleRef;
  return [
    ...(apiGroup === group ? [] : [notSupported("roleRef.apiGroup", apiGroup, [group])]),
    ...(roles.includes(kind) ? [] : [notSupported("roleRef.kind", kind, roles)]),
    ...(name === "" ? [required("roleRef.name")] : []),
  ];
}

function subjectFaults(
  { kind, name, namespace, apiGroup }: Subject,
  field: string,
  isNamespaced: boolean,
): Cause[] {
  const causes = name === "" ? [required(`${field}.name`)] : [];
  if (kind === "ServiceAccount") {
    if (apiGroup) causes.push(notSupported(`${field}.apiGroup`, apiGroup, [""]));
    if (!isNamespaced && !namespace) causes.push(required(`${field}.namespace`));
  } else if (kind === "User" || kind === "Group") {
    if (apiGroup !== group) causes.push(notSupported(`${field}.apiGroup`, apiGroup, [group]));
  } else causes.push(notSupported(`${field}.kind`, kind, ["ServiceAccount", "User", "Group"]));
  return causes;
}

function changeFaults(now: RoleBinding["roleRef"], before: RoleBinding["roleRef"] | undefined): Cause[] {
  if (!before || !now) return [];
  const { apiGroup, kind, name } = now;
  if (apiGroup === before.apiGroup && kind === before.kind && name === before.name) return [];
  // Printed as Go has it.
  const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
  return [invalidValue("roleRef", shown, "cannot change roleRef")];
}

/**
 * Nobody gives rights that they do not have: a role, and the binding of a role, is refused whose rules its writer lacks, unless
 * the writer has the verb `escalate` on roles, or `bind` on that role. In Kubernetes' words (`pkg/registry/rbac`).
 */
import {
  type Authorize,
  type ClusterRole,
  type Draft,
  isSame,
  type PolicyRule,
} from "../../resources/index.ts";
import { type AdmissionRequest, forbidden, notFound } from "../../store/index.ts";
import { mayNow, type WriteGuard } from "../guards.ts";
import { quotedList, rightsText, uncovered } from "./coverage.ts";
import type { Binding, Rights } from "./rights.ts";

const group = "rbac.authorization.k8s.io";
const everything: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

interface Parts {
  readonly rights: Rights;
  readonly authorize: Authorize;
}

/** Each throws Forbidden, or NotFound where the role that is to be bound is not there. */
export function escalationGuards(rights: Rights, authorize: Authorize): readonly WriteGuard[] {
  const parts = { rights, authorize };
  return [
    {
      kinds: ["Role", "ClusterRole"],
      subresources: [""],
      guard(object, request) {
        const role = object as Draft<ClusterRole>;
        const isAsBefore = request.old && isSame(rulesOf(role), rulesOf(request.old as ClusterRole));
        if (!isAsBefore) assertMayGrant(parts, role, request);
        return object;
      },
    },
    {
      kinds: ["RoleBinding", "ClusterRoleBinding"],
      subresources: [""],
      guard(object, request) {
        const binding = object as Draft<Binding>;
        const isAsBefore = request.old && isSame(bound(binding), bound(request.old as Binding));
        if (!isAsBefore) assertMayBind(parts, binding, request);
        return object;
      },
    },
  ];
}

function assertMayGrant(parts: Parts, role: Draft<ClusterRole>, request: AdmissionRequest): void {
  const { kind, user, namespace, old } = request;
  const asked = { ...attributes, verb: "escalate", resource: kind.plural, namespace };
  if (mayNow(parts.authorize, user, { ...asked, name: old?.metadata.name ?? "" })) return;
  assertHas(parts, role.rules ?? [], request);
  if (!role.aggregationRule) return;
  if (uncovered(ownRules(parts, request), everything).missing.length > 0)
    throw forbidden(kind, request.name, "must have cluster-admin privileges to use the aggregationRule");
}

function assertMayBind(parts: Parts, binding: Draft<Binding>, request: AdmissionRequest): void {
  const { roleRef }: Partial<Pick<Binding, "roleRef">> = binding;
  // Without one it is refused later, by what must be in a binding.
  if (!roleRef) return;
  const resource = roleRef.kind === "Role" ? "roles" : "clusterroles";
  const { user, namespace } = request;
  const asked = { ...attributes, verb: "bind", resource, namespace, name: roleRef.name };
  if (mayNow(parts.authorize, user, asked)) return;
  const rules = parts.rights.rulesOf(roleRef, namespace);
  if (!rules) throw notFound({ kind: roleRef.kind, plural: resource, group }, roleRef.name);
  assertHas(parts, rules, request);
}

function assertHas(parts: Parts, wanted: readonly PolicyRule[], request: AdmissionRequest): void {
  const { missing, more } = uncovered(ownRules(parts, request), wanted);
  if (missing.length === 0) return;
  const { kind, user, name } = request;
  const who = `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)})`;
  const lines = [...rightsText(missing), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
  const what = `${who} is attempting to grant RBAC permissions not currently held:\n${lines}`;
  throw forbidden(kind, name, what);
}

function ownRules({ rights }: Parts, { user, namespace }: AdmissionRequest): PolicyRule[] {
  return [...rights.rulesFor(user, namespace)].flatMap(right => ("rule" in right ? [right.rule] : []));
}

function rulesOf(role: Pick<ClusterRole, "rules" | "aggregationRule">): unknown {
  return [role.rules ?? [], role.aggregationRule ?? null];
}

/** What is given, and to whom. */
function bound({ roleRef, subjects }: Pick<Binding, "roleRef" | "subjects">): unknown {
  return [roleRef, subjects ?? []];
}

const attributes = { group, version: "v1", subresource: "" };

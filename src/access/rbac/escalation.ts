/**
 * Nobody gives rights that they do not have: a role, and the binding of a role, is refused whose rules its writer lacks, unless
 * the writer has the verb `escalate` on roles, or `bind` on that role. In Kubernetes' words (`pkg/registry/rbac`).
 */
import {
  type Attributes,
  type ClusterRole,
  type Draft,
  isSame,
  type PolicyRule,
  type User,
  type Verdict,
} from "../../resources/index.ts";
import { type AdmissionRequest, forbidden, notFound } from "../../store/index.ts";
import { isMaster } from "./authorizer.ts";
import { quotedList, rightsText, uncovered } from "./coverage.ts";
import type { Binding, Rights } from "./rights.ts";

const group = "rbac.authorization.k8s.io";
const everything: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

export interface EscalationParts {
  readonly rights: Rights;
  readonly decide: (user: User, attributes: Attributes) => Verdict;
}

/** Throws Forbidden, or NotFound where the role that is to be bound is not there. */
export function assertNoEscalation(parts: EscalationParts, object: Draft, request: AdmissionRequest): void {
  const { kind, user, old, subresource, operation } = request;
  if (subresource !== "" || operation === "DELETE" || isMaster(user)) return;
  switch (kind.name) {
    case "Role":
    case "ClusterRole": {
      const role = object as Draft<ClusterRole>;
      if (old && isSame(rulesOf(role), rulesOf(old as ClusterRole))) return;
      assertMayGrant(parts, role, request);
      break;
    }
    case "RoleBinding":
    case "ClusterRoleBinding": {
      const binding = object as Draft<Binding>;
      if (old && isSame(bound(binding), bound(old as Binding))) return;
      assertMayBind(parts, binding, request);
    }
  }
}

function assertMayGrant(parts: EscalationParts, role: Draft<ClusterRole>, request: AdmissionRequest): void {
  const { kind, user, namespace, old } = request;
  const asked = { ...attributes, verb: "escalate", resource: kind.plural, namespace };
  if (parts.decide(user, { ...asked, name: old?.metadata.name ?? "" }).allowed) return;
  assertHas(parts, role.rules ?? [], request);
  if (!role.aggregationRule) return;
  if (uncovered(ownRules(parts, request), everything).missing.length > 0)
    throw forbidden(kind, request.name, "must have cluster-admin privileges to use the aggregationRule");
}

function assertMayBind(
  { rights, decide }: EscalationParts,
  binding: Draft<Binding>,
  request: AdmissionRequest,
): void {
  const { roleRef } = binding;
  const resource = roleRef.kind === "Role" ? "roles" : "clusterroles";
  const { user, namespace } = request;
  if (decide(user, { ...attributes, verb: "bind", resource, namespace, name: roleRef.name }).allowed) return;
  const rules = rights.rulesOf(roleRef, namespace);
  if (!rules) throw notFound({ kind: roleRef.kind, plural: resource, group }, roleRef.name);
  assertHas({ rights, decide }, rules, request);
}

function assertHas(parts: EscalationParts, wanted: readonly PolicyRule[], request: AdmissionRequest): void {
  const { missing, more } = uncovered(ownRules(parts, request), wanted);
  if (missing.length === 0) return;
  const { kind, user, name } = request;
  const who = `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)})`;
  const lines = [...rightsText(missing), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
  const what = `${who} is attempting to grant RBAC permissions not currently held:\n${lines}`;
  throw forbidden(kind, name, what);
}

function ownRules({ rights }: EscalationParts, { user, namespace }: AdmissionRequest): PolicyRule[] {
  return [...rights.of(user, namespace)].flatMap(right => ("rule" in right ? [right.rule] : []));
}

function rulesOf(role: Pick<ClusterRole, "rules" | "aggregationRule">): unknown {
  return [role.rules ?? [], role.aggregationRule ?? null];
}

/** What is given, and to whom. */
function bound({ roleRef, subjects }: Pick<Binding, "roleRef" | "subjects">): unknown {
  return [roleRef, subjects ?? []];
}

const attributes = { group, version: "v1", subresource: "" };

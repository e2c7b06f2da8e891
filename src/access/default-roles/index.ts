/**
 * The roles and bindings that every Kubernetes has from its start. They are data that is read when a cluster first needs roles:
 * one that serves nothing pays nothing for them.
 */
import type { ClusterRoleBinding, Draft, PolicyRule, Subject } from "../../resources/index.ts";
import { rulesFrom } from "../role-notation.ts";
import { controllerRoles } from "./controller-roles.ts";
import { systemRoles } from "./system-roles.ts";
import { aggregatedRoles, partsOfRoles, userRoles } from "./user-roles.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";
const aggregateTo = "rbac.authorization.k8s.io/aggregate-to-";
const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };

const group = (name: string): Subject => ({ kind: "Group", apiGroup, name });
const user = (name: string): Subject => ({ kind: "User", apiGroup, name });
const account = (name: string): Subject => ({ kind: "ServiceAccount", name, namespace: "kube-system" });

/** Who has which role in the whole cluster; the binding is called like the role. */
const bindings: Readonly<Record<string, readonly Subject[]>> = {
  "cluster-admin": [group("system:masters")],
  "system:basic-user": [group("system:authenticated")],
  "system:discovery": [group("system:authenticated")],
  "system:public-info-viewer": [group("system:authenticated"), group("system:unauthenticated")],
  "system:monitoring": [group("system:monitoring")],
  "system:service-account-issuer-discovery": [group("system:serviceaccounts")],
  "system:kube-controller-manager": [user("system:kube-controller-manager")],
  "system:kube-scheduler": [user("system:kube-scheduler")],
  "system:volume-scheduler": [user("system:kube-scheduler")],
  "system:kube-dns": [account("kube-dns")],
  "system:node-proxier": [user("system:kube-proxy")],
  // Nodes are asked one by one in Kubernetes: the role is there, and nobody has it.
  "system:node": [],
};

/** Roles in one namespace, with who has them there. The binding is called like the role, but where it has a name of its own. */
interface NamespacedRole {
  readonly name: string;
  readonly namespace: string;
  readonly lines: readonly string[];
  readonly subjects: readonly Subject[];
  readonly binding?: string;
}

const electing = ["leases", "leasecandidates"].map(
  resource => `create,get,list,update,watch coordination.k8s.io: ${resource}`,
);

const namespacedRoles: readonly NamespacedRole[] = [
  {
    name: "extension-apiserver-authentication-reader",
    namespace: "kube-system",
    lines: ["read configmaps [extension-apiserver-authentication]"],
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler")],
    binding: "system::extension-apiserver-authentication-reader",
  },
  {
    name: "system::leader-locking-kube-controller-manager",
    namespace: "kube-system",
    lines: electing,
    subjects: [
      user("system:kube-controller-manager"),
      account("kube-controller-manager"),
      account("leader-election-controller"),
    ],
  },
  {
    name: "system::leader-locking-kube-scheduler",
    namespace: "kube-system",
    lines: electing,
    subjects: [user("system:kube-scheduler"), account("kube-scheduler")],
  },
  controllerIn("kube-system", "bootstrap-signer", ["read secrets"]),
  controllerIn("kube-system", "cloud-provider", ["create,get,list,watch configmaps"]),
  controllerIn("kube-system", "token-cleaner", ["delete,get,list,watch secrets", "events"]),
  controllerIn("kube-public", "bootstrap-signer", [
    "read configmaps",
    "update configmaps [cluster-info]",
    "events",
  ]),
];

/** What a controller may do in one namespace only. */
function controllerIn(namespace: string, name: string, lines: readonly string[]): NamespacedRole {
  return { name: `system:controller:${name}`, namespace, lines, subjects: [account(name)] };
}

/** All of them, those that others are put together from first. */
export function* defaultRoles(): IterableIterator<Draft> {
  for (const [name, lines] of Object.entries({ ...userRoles, ...systemRoles }))
    yield clusterRole(name, rulesFrom(lines));
  for (const [name, subjects] of Object.entries(bindings)) yield clusterBinding(name, subjects);
  for (const [name, lines] of Object.entries(controllerRoles)) {
    yield clusterRole(`system:controller:${name}`, rulesFrom(lines));
    yield clusterBinding(`system:controller:${name}`, [account(name)]);
  }
  for (const { name, namespace, lines, subjects, binding = name } of namespacedRoles) {
    const rules = rulesFrom(lines);
    yield { apiVersion, kind: "Role", metadata: { name, namespace, annotations, labels }, rules } as Draft;
    const metadata = { name: binding, namespace, annotations, labels };
    yield {
      apiVersion,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup, kind: "Role", name },
      subjects,
    } as Draft;
  }
  for (const name of aggregatedRoles) yield aggregatedRole(name);
}

function clusterRole(name: string, rules: readonly PolicyRule[]): Draft {
  return { apiVersion, kind: "ClusterRole", metadata: metadataOf(name), rules } as Draft;
}

/** Its rules are there from the start, as the controller that puts them together would find them. */
function aggregatedRole(name: string): Draft {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [`${aggregateTo}${name}`]: "true" } }] };
  const rules = partsOf(name).flatMap(part => rulesFrom(userRoles[part] ?? []));
  return { ...clusterRole(name, rules), aggregationRule } as Draft;
}

/** The roles with rules of their own that a role consists of, in the order of their names. */
function partsOf(name: string): string[] {
  const own = Object.keys(partsOfRoles).filter(part => partsOfRoles[part] === name);
  return [...new Set(own.flatMap(part => (part in userRoles ? [part] : partsOf(part))))].sort();
}

function clusterBinding(name: string, subjects: readonly Subject[]): Draft {
  const roleRef = { apiGroup, kind: "ClusterRole", name };
  const metadata = metadataOf(name);
  const given = subjects.length > 0 ? { subjects } : {};
  const binding: Draft<ClusterRoleBinding> = {
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata,
    roleRef,
    ...given,
  };
  return binding;
}

function metadataOf(name: string) {
  const whole = partsOfRoles[name];
  return { name, annotations, labels: { ...labels, ...(whole && { [`${aggregateTo}${whole}`]: "true" }) } };
}

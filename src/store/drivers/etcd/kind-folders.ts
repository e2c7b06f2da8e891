/** Where kube-apiserver keeps the objects of each kind in etcd, below its prefix: mostly by the plural. */
import { type KindDefinition, type KindRegistry, unworkable } from "../../../resources/index.ts";
import type { KindFolders } from "./layout.ts";

/** Those that are older than the rule. */
const byName: Readonly<Record<string, string>> = {
  Node: "minions",
  Service: "services/specs",
  Endpoints: "services/endpoints",
  ReplicationController: "controllers",
  Ingress: "ingress",
};

/** The groups whose kinds stand below the prefix by their plural alone; all others have their group before it. */
const plain: ReadonlySet<string> = new Set([
  "",
  "admissionregistration.k8s.io",
  "apps",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

function folderOf({ name, group, plural }: Pick<KindDefinition, "name" | "group" | "plural">): string {
  return byName[name] ?? (plain.has(group) ? plural : `${group}/${plural}`);
}

export function kindFolders(kinds: Pick<KindRegistry, "get" | "served" | "all">): KindFolders {
  // A kind may be forgotten while the last of its objects goes.
  const known = new Map<string, string>();
  return {
    isKnown: folder => kinds.all.some(kind => folderOf(kind) === folder),
    faultIn(name, object) {
      const kind = kinds.get(name);
      return kind && unworkable(kind, object);
    },
    folderOf(name) {
      const kind = kinds.get(name);
      if (kind) known.set(name, folderOf(kind));
      return known.get(name);
    },
    kindOf({ apiVersion, kind }) {
      const found = kinds.served({ apiVersion, kind })?.kind;
      if (found) return found.name;
      const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
      // It is of a definition that has not been read yet. In groups of Kubernetes there are none of these.
      return plain.has(group) || isKubernetes(group) ? undefined : `${kind}.${group}`;
    },
  };
}

/** Those that a real API server keeps for itself. */
function isKubernetes(group: string): boolean {
  return (
    group === "apiregistration.k8s.io" ||
    group === "apiextensions.k8s.io" ||
    group === "internal.apiserver.k8s.io"
  );
}

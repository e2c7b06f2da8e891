/** What belongs to one namespace: its objects, and what they need of the whole cluster. */
import { type ApiObject, groupOf, listAt, mapAt, textAt } from "./objects/index.ts";

/** @param namespace undefined: everything belongs */
export function inScope(
  all: readonly ApiObject[],
  namespace: string | undefined,
): (object: ApiObject) => boolean {
  if (namespace === undefined) return () => true;
  const own = all.filter(({ metadata }) => metadata.namespace === namespace);
  const text = JSON.stringify(own);
  const groups = new Set(own.map(groupOf));
  return object => {
    const { kind, metadata } = object;
    if (metadata.namespace !== undefined) return metadata.namespace === namespace;
    if (kind === "Namespace") return metadata.name === namespace;
    if (kind === "CustomResourceDefinition") return groups.has(textAt(mapAt(object, "spec"), "group") ?? "");
    if (kind === "ClusterRoleBinding")
      return listAt(object, "subjects").some(subject => subject.namespace === namespace);
    if (kind === "ClusterRole" && bindsTo(all, metadata.name, namespace)) return true;
    const named = [
      "PriorityClass",
      "StorageClass",
      "ClusterRole",
      "PersistentVolume",
      "RuntimeClass",
    ].includes(kind);
    return named && text.includes(JSON.stringify(metadata.name));
  };
}

/** Whether a binding for accounts of the namespace names this role. */
function bindsTo(all: readonly ApiObject[], role: string, namespace: string): boolean {
  return all.some(
    each =>
      each.kind === "ClusterRoleBinding" &&
      mapAt(each, "roleRef").name === role &&
      listAt(each, "subjects").some(subject => subject.namespace === namespace),
  );
}

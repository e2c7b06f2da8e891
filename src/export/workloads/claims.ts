/** Claims as another cluster takes them: without the volume they were given, and without a class whose driver only k4s has. */
import type { JsonMap } from "../../resources/index.ts";
import { type ApiObject, mapAt, textAt, without } from "../objects/index.ts";

export function exportedClaimSpec(spec: JsonMap, all: readonly ApiObject[]): JsonMap {
  const className = textAt(spec, "storageClassName");
  const isOurs = all.some(
    each =>
      each.kind === "StorageClass" &&
      each.metadata.name === className &&
      textAt(each, "provisioner")?.endsWith(".k4s.dev"),
  );
  const ours = ["volumeName", "dataSource", "dataSourceRef", ...(isOurs ? ["storageClassName"] : [])];
  return without(spec, ...ours);
}

/** A template of claims, in a StatefulSet or in a volume that lives as long as its pod. */
export function exportedClaimTemplate(template: JsonMap, all: readonly ApiObject[]): JsonMap {
  return {
    ...without(template, "status", "apiVersion", "kind"),
    spec: exportedClaimSpec(mapAt(template, "spec"), all),
  };
}

/** Namespace (`v1`): a part of the cluster with names of its own. It is gone when everything in it is. */
import { definition } from "../definitions.ts";
import { builtInKind } from "../describe-kind.ts";
import type { Namespace } from "../kubernetes.gen.ts";

/** The label by which a namespace can be selected by its name. */
const metadataNameLabel = "kubernetes.io/metadata.name";

export const namespace = builtInKind<Namespace>({
  kind: "Namespace",
  group: "",
  version: "v1",
  plural: "namespaces",
  shortNames: ["ns"],
  scope: "Cluster",
  countsGenerations: false,
  nameRule: "dnsLabel",
  schema: () => definition("Namespace"),
  columns: [{ name: "Status", cell: ".status.phase" }],
  hasStatus: true,
  selectableFields: ["status.phase"],
  rules: {
    fill(draft, old) {
      const { metadata, spec } = draft;
      const { name = "", labels } = metadata;
      const isLabelled = labels?.[metadataNameLabel] === name || name === "";
      if (isLabelled && spec?.finalizers) return draft;
      return {
        ...draft,
        metadata: isLabelled ? metadata : { ...metadata, labels: { ...labels, [metadataNameLabel]: name } },
        // They are changed through the subresource `finalize` only, so an update keeps them.
        spec: { ...spec, finalizers: old?.spec?.finalizers ?? spec?.finalizers ?? ["kubernetes"] },
      };
    },
    initialStatus: () => ({ phase: "Active" }),
  },
});

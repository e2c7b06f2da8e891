/** Namespace (`v1`): a part of the cluster with names of its own. It is gone when everything in it is. */

import type { KindRules, OwnPart, Subresource } from "../definition/index.ts";
import type { Namespace } from "../generated/kubernetes.gen.ts";

/** The label by which a namespace can be selected by its name. */
const metadataNameLabel = "kubernetes.io/metadata.name";

/** What holds a namespace that is being deleted; with the last of them it goes. */
export const namespaceFinalize: Subresource = {
  name: "finalize",
  verbs: ["update"],
  next: (last, given) => {
    const { finalizers } = (given.spec ?? {}) as NonNullable<Namespace["spec"]>;
    const { finalizers: _, ...rest } = (last.spec ?? {}) as NonNullable<Namespace["spec"]>;
    return { ...last, spec: finalizers?.length ? { ...rest, finalizers } : rest };
  },
};

/** A namespace is held by the finalizers in its spec until a controller has emptied it. */
export const namespaceHold: Pick<KindRules<Namespace>, "isHeld" | "terminating" | "keep"> = {
  isHeld: ({ spec }) => (spec?.finalizers?.length ?? 0) > 0,
  terminating: namespace => ({ ...namespace, status: { ...namespace.status, phase: "Terminating" } }),
  keep(next, { spec }) {
    const { finalizers: _, ...rest } = next.spec ?? {};
    return { ...next, spec: spec?.finalizers ? { ...rest, finalizers: spec.finalizers } : rest };
  },
};

export const namespace: OwnPart<Namespace> = {
  columns: [{ name: "Status", cell: ".status.phase" }],
  subresources: [namespaceFinalize],
  selectableFields: ["status.phase"],
  rules: {
    fill(draft) {
      const { metadata } = draft;
      const { name = "", labels } = metadata;
      if (labels?.[metadataNameLabel] === name || name === "") return draft;
      return { ...draft, metadata: { ...metadata, labels: { ...labels, [metadataNameLabel]: name } } };
    },
    // From then on they are changed through the subresource `finalize` only.
    prepare: ({ spec, ...draft }) => ({
      ...draft,
      spec: { ...spec, finalizers: spec?.finalizers ?? ["kubernetes"] },
    }),
    ...namespaceHold,
    initialStatus: () => ({ phase: "Active" }),
    // Kubernetes has a controller for it: there a pod that comes right after its namespace is refused.
    companions: ({ metadata: { name: namespace } }) => [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
    ],
  },
};

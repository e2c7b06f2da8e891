/** What the data of Kubernetes does not say of a CustomResourceDefinition: defaults, what is wrong with one, how it goes. */
import type { Cause } from "../../errors/index.ts";
import { withCondition } from "../conditions.ts";
import type { KindRules } from "../definition/index.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionSpec } from "../generated/kubernetes.gen.ts";
import type { Draft } from "../object.ts";
import { definitionFaults } from "./definition-faults.ts";

/** The finalizer that holds a definition until the last object of its kind is gone. */
export const definitionCleanup = "customresourcecleanup.apiextensions.k8s.io";

export const definitionRules: KindRules<CustomResourceDefinition> = {
  fill(draft) {
    const { names, conversion } = draft.spec ?? {};
    if (!names?.kind) return draft;
    const spec = {
      ...draft.spec,
      names: {
        ...names,
        singular: names.singular ?? names.kind.toLowerCase(),
        listKind: names.listKind ?? `${names.kind}List`,
      },
      conversion: conversion ?? { strategy: "None" },
    };
    return { ...draft, spec };
  },
  initialStatus: ({ spec }) => ({
    // As in Go a list that nobody has written yet is: null.
    conditions: null as never,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: storedVersions(spec),
  }),
  /** A version in which objects were kept once stays on the list until who has rewritten them all takes it off. */
  keep(next, last) {
    const before = last.status?.storedVersions ?? [];
    const added = storedVersions(next.spec).filter(name => !before.includes(name));
    if (added.length === 0) return next;
    return { ...next, status: { ...next.status, storedVersions: [...before, ...added] } };
  },
  validate: (definition, old): Cause[] => definitionFaults(definition, old),
  warnings: ({ spec }) =>
    spec?.conversion?.strategy === "Webhook"
      ? ["spec.conversion: the webhook is not called: objects are converted by their apiVersion alone"]
      : [],
  isHeld: ({ metadata }) => metadata.deletionTimestamp === undefined,
  terminating(definition, since) {
    const { metadata, status } = definition;
    const finalizers = [
      ...(metadata.finalizers ?? []).filter(name => name !== definitionCleanup),
      definitionCleanup,
    ];
    const conditions = withCondition(status?.conditions ?? undefined, marked, Date.parse(since));
    return { ...definition, metadata: { ...metadata, finalizers }, status: { ...status, conditions } };
  },
};

const marked = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionPending",
  message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
};

function storedVersions(spec: Draft<CustomResourceDefinition>["spec"] | undefined): string[] {
  const { versions = [] } = (spec ?? {}) as Partial<CustomResourceDefinitionSpec>;
  return versions.filter(({ storage }) => storage).map(({ name }) => name);
}

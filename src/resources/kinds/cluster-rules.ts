/** Defaults that depend on other fields, of the kinds around the workloads, and the status that each starts with. */

import type { KindRules } from "../definition/index.ts";
import type {
  CustomResourceDefinition,
  Ingress,
  LimitRange,
  NetworkPolicy,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceClaim,
  RoleBinding,
  Secret,
} from "../generated/kubernetes.gen.ts";

export const secretRules: KindRules<Secret> = {
  /** `stringData` is only for writers: it is kept as data. */
  fill(draft) {
    const { stringData, ...secret } = draft;
    if (!stringData) return draft;
    const encoded = Object.entries(stringData).map(([key, text]) => [
      key,
      Buffer.from(text).toString("base64"),
    ]);
    return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } };
  },
};

export const claimRules: KindRules<PersistentVolumeClaim> = {
  fill(draft) {
    const { dataSource, dataSourceRef } = draft.spec;
    // The older and the newer field say the same.
    if (!dataSource === !dataSourceRef) return draft;
    if (dataSource) return { ...draft, spec: { ...draft.spec, dataSourceRef: dataSource } };
    if (!dataSourceRef || dataSourceRef.namespace) return draft;
    return { ...draft, spec: { ...draft.spec, dataSource: dataSourceRef } };
  },
  initialStatus: () => ({ phase: "Pending" }),
};

export const volumeRules: KindRules<PersistentVolume> = { initialStatus: () => ({ phase: "Pending" }) };

export const ingressRules: KindRules<Ingress> = { initialStatus: () => ({ loadBalancer: {} }) };

export const networkPolicyRules: KindRules<NetworkPolicy> = {
  fill(draft) {
    const { policyTypes, egress } = draft.spec ?? {};
    if (!draft.spec || policyTypes?.length) return draft;
    const types = egress === undefined ? (["Ingress"] as const) : (["Ingress", "Egress"] as const);
    return { ...draft, spec: { ...draft.spec, policyTypes: types } };
  },
};

export const limitRangeRules: KindRules<LimitRange> = {
  /** For containers: what is not given follows from the more general limit, never from `min`. */
  fill(draft) {
    const { limits } = draft.spec ?? {};
    if (!draft.spec || !limits) return draft;
    return {
      ...draft,
      spec: {
        ...draft.spec,
        limits: limits.map(limit => {
          if (limit.type !== "Container") return limit;
          const byDefault = { ...limit.max, ...limit.default };
          const requested = { ...byDefault, ...limit.defaultRequest };
          return {
            ...limit,
            ...(Object.keys(byDefault).length > 0 && { default: byDefault }),
            ...(Object.keys(requested).length > 0 && { defaultRequest: requested }),
          };
        }),
      },
    };
  },
};

const rbac = "rbac.authorization.k8s.io";

export const roleBindingRules: KindRules<RoleBinding> = {
  fill(draft) {
    const { roleRef, subjects } = draft;
    return {
      ...draft,
      ...(roleRef && { roleRef: { ...roleRef, apiGroup: roleRef.apiGroup || rbac } }),
      ...(subjects && {
        subjects: subjects.map(subject =>
          subject.apiGroup || subject.kind === "ServiceAccount" ? subject : { ...subject, apiGroup: rbac },
        ),
      }),
    };
  },
};

export const resourceClaimRules: KindRules<ResourceClaim> = {
  fill(draft) {
    const { devices } = draft.spec ?? {};
    if (!devices?.requests) return draft;
    const requests = devices.requests.map(request => ({
      ...request,
      ...(request.exactly && { exactly: counted(request.exactly) }),
      ...(request.firstAvailable && { firstAvailable: request.firstAvailable.map(counted) }),
    }));
    return { ...draft, spec: { ...draft.spec, devices: { ...devices, requests } } };
  },
  initialStatus: () => ({}),
};

function counted<T extends { readonly allocationMode?: string; readonly count?: number }>(request: T): T {
  return request.allocationMode === "ExactCount" && !request.count ? { ...request, count: 1 } : request;
}

export const definitionRules: KindRules<CustomResourceDefinition> = {
  fill(draft) {
    const { names, conversion } = draft.spec ?? {};
    if (!names?.kind) return draft;
    return {
      ...draft,
      spec: {
        ...draft.spec,
        names: {
          ...names,
          singular: names.singular ?? names.kind.toLowerCase(),
          listKind: names.listKind ?? `${names.kind}List`,
        },
        conversion: conversion ?? { strategy: "None" },
      },
    };
  },
  initialStatus: ({ spec }) => ({
    conditions: [],
    acceptedNames: { plural: "", kind: "" },
    storedVersions: (spec?.versions ?? []).filter(({ storage }) => storage).map(({ name }) => name),
  }),
};

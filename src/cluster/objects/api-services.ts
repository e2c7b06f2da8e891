/**
 * The APIServices of a cluster that serves: one for each group and version that is served here, those of custom kinds included,
 * so that a client sees what there is. Kubernetes' API server keeps the same. None of them sends requests on.
 */

import { hasReason } from "../../errors/index.ts";
import type { MetricNames } from "../../node/index.ts";
import type { APIService, Draft, KindRegistry } from "../../resources/index.ts";
import type { Registry, Request } from "../../store/index.ts";
import { ensure } from "./first-objects.ts";

interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly isCustom: boolean;
}

export interface ApiServiceParts {
  readonly kinds: KindRegistry;
  /** The metrics that workers report: their groups are there as soon as there is one. */
  readonly reported: Pick<MetricNames, "hasCustom" | "hasExternal" | "onFirst">;
  readonly registry: Pick<Registry, "create" | "delete">;
  /** As whom they are written. */
  readonly request: Request;
  readonly onFault: (fault: unknown) => void;
}

/**
 * Resolves when all are there, as Kubernetes' API server is ready only then (its check `autoregister-completion`); and keeps them up
 * with the kinds that come and go until what it resolves to is called, which resolves when no more is written.
 */
export async function keepApiServices(parts: ApiServiceParts): Promise<() => Promise<void>> {
  const { kinds, reported, registry, request, onFault } = parts;
  const here = new Map<string, GroupVersion>();
  let isOver = false;
  const round = async () => {
    const wanted = groupVersionsOf(kinds, reported);
    for (const [name, each] of wanted) {
      if (isOver || here.has(name)) continue;
      here.set(name, each);
      await ensure(apiServiceOf(name, each), registry, request);
    }
    for (const name of here.keys()) {
      if (isOver || wanted.has(name)) continue;
      here.delete(name);
      await registry.delete("APIService", "", name, request).catch(error => {
        if (!hasReason(error, "NotFound")) throw error;
      });
    }
  };
  // One round at a time, in the order in which the kinds changed.
  let rounds = Promise.resolve();
  const follow = () => {
    rounds = rounds.then(round).catch(onFault);
  };
  const unfollow = [kinds.onChange(follow), reported.onFirst(follow)];
  follow();
  await rounds;
  return () => {
    isOver = true;
    for (const each of unfollow) each();
    return rounds;
  };
}

/** By the name of the APIService: `v1.apps`, `v1.` for the core group. */
function groupVersionsOf(
  kinds: KindRegistry,
  { hasCustom, hasExternal }: Pick<MetricNames, "hasCustom" | "hasExternal">,
): Map<string, GroupVersion> {
  const found = new Map<string, GroupVersion>();
  for (const { versions, isCustom } of kinds.all) {
    for (const { group, version, served } of versions) {
      // The group of the APIServices themselves has none.
      if (served && group !== "apiregistration.k8s.io")
        found.set(`${version}.${group}`, { group, version, isCustom });
    }
  }
  const add = (group: string, version: string) =>
    found.set(`${version}.${group}`, { group, version, isCustom: false });
  if (hasCustom) for (const version of ["v1beta1", "v1beta2"]) add("custom.metrics.k8s.io", version);
  if (hasExternal) add("external.metrics.k8s.io", "v1beta1");
  return found;
}

/** In which order clients prefer groups: facts of Kubernetes' `apiVersionPriorities`. Custom groups come last. */
const groupPriorities: Readonly<Record<string, number>> = {
  "": 18_000,
  apps: 17_800,
  "events.k8s.io": 17_750,
  "authentication.k8s.io": 17_700,
  "authorization.k8s.io": 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  "certificates.k8s.io": 17_300,
  "networking.k8s.io": 17_200,
  policy: 17_100,
  "rbac.authorization.k8s.io": 17_000,
  "storage.k8s.io": 16_800,
  "apiextensions.k8s.io": 16_700,
  "admissionregistration.k8s.io": 16_700,
  "scheduling.k8s.io": 16_600,
  "coordination.k8s.io": 16_500,
  "node.k8s.io": 16_300,
  "discovery.k8s.io": 16_200,
  "flowcontrol.apiserver.k8s.io": 16_100,
  "resource.k8s.io": 15_900,
  "metrics.k8s.io": 100,
  "custom.metrics.k8s.io": 100,
  "external.metrics.k8s.io": 100,
};

/** Those that are not 15, or 100 where the group is not Kubernetes' own. */
const versionPriorities: Readonly<Record<string, number>> = {
  "v1.": 1,
  "v2.autoscaling": 30,
  "v1.flowcontrol.apiserver.k8s.io": 21,
  "v1beta1.metrics.k8s.io": 100,
  "v1beta1.custom.metrics.k8s.io": 100,
  "v1beta2.custom.metrics.k8s.io": 200,
  "v1beta1.external.metrics.k8s.io": 100,
};

function apiServiceOf(name: string, { group, version, isCustom }: GroupVersion): Draft<APIService> {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name,
      labels: { "kube-aggregator.kubernetes.io/automanaged": isCustom ? "true" : "onstart" },
    },
    spec: {
      ...(group && { group }),
      version,
      groupPriorityMinimum: groupPriorities[group] ?? 1_000,
      versionPriority: versionPriorities[name] ?? (group in groupPriorities ? 15 : 100),
    },
  };
}

/**
 * What a cluster that serves its API tells of itself in objects, as Kubernetes' API server does from its first moment: the two
 * PriorityClasses of the system, and the addresses of Services. Its APIServices are kept by cluster-api-services.ts.
 */
import { flowControlObjects } from "./cluster-flow-control.ts";
import type { Draft } from "./resources/index.ts";

const priorityClasses = (
  [
    [
      ...(["system-cluster-critical", 2_000_000_000] as const),
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ],
    [
      ...(["system-node-critical", 2_000_001_000] as const),
      "Used for system critical pods that must not be moved from their current node.",
    ],
  ] as const
).map(([name, value, description]): Draft => {
  const given = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name } };
  return { ...given, value, description } as Draft;
});

const serviceAddresses: Draft = {
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "kubernetes" },
  spec: { cidrs: ["10.96.0.0/16"] },
};

export const apiObjects: readonly Draft[] = [...priorityClasses, serviceAddresses, ...flowControlObjects()];

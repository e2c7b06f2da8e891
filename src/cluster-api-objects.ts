/**
 * What a cluster that serves its API tells of itself in objects, as Kubernetes' API server does from its first moment: the two
 * PriorityClasses of the system, and the addresses of Services. Its APIServices are kept by cluster-api-services.ts.
 */
import { flowControlObjects } from "./cluster-flow-control.ts";
import { type Draft, systemPriorityClasses } from "./resources/index.ts";

const priorityClasses = Array.from(systemPriorityClasses, ([name, { value, description }]): Draft => {
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

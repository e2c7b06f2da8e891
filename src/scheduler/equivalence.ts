/**
 * Which pods the plugins cannot tell apart: where one of them fits nowhere, none of the others does, and need not be tried
 * (unschedulable-pods.ts).
 */
import { controllerOf, type Pod, type PodContainer } from "../resources/index.ts";
import { hasClaims } from "./claims.ts";

/** All on which built-in plugins decide, as text; the owner, because topology spread counts its pods by default constraints. A pod with claims is equivalent to no other. */
export function equivalenceOf(pod: Pod): string {
  const { uid, namespace, labels } = pod.metadata;
  if (hasClaims(pod)) return uid;
  const { affinity, nodeSelector, tolerations, topologySpreadConstraints, schedulerName } = pod.spec;
  const { resources, overhead, priority, preemptionPolicy } = pod.spec;
  const needOf = ({ resources, restartPolicy, ports }: PodContainer) => [resources, restartPolicy, ports];
  // Two lists: init containers run one after another, the others together.
  const needs = [(pod.spec.initContainers ?? []).map(needOf), pod.spec.containers.map(needOf)];
  const wishes = [affinity, nodeSelector, tolerations, topologySpreadConstraints, schedulerName];
  const owner = controllerOf(pod)?.uid;
  return JSON.stringify([
    ...[namespace, labels, owner, wishes, needs, resources, overhead, priority, preemptionPolicy],
  ]);
}

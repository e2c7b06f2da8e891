/**
 * How a pod gets its node: once, by one write that names the node and says so in the condition PodScheduled.
 */
import type { KindDefinition, Pod, PodCondition } from "../resources/index.ts";
import { conflict } from "./refusals.ts";

/** The pod on its node. Fails with Conflict if it has one already, or is going. */
export function bound(kind: KindDefinition, pod: Pod, nodeName: string, now: string): Pod {
  const { name, deletionTimestamp } = pod.metadata;
  const refuse = (problem: string) => conflict("pods/binding", { name, kind: kind.plural }, problem);
  if (deletionTimestamp !== undefined) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName)
    throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  const scheduled: PodCondition = { type: "PodScheduled", status: "True", lastTransitionTime: now };
  const others = (pod.status?.conditions ?? []).filter(condition => condition.type !== "PodScheduled");
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  };
}

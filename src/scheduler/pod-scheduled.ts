/**
 * All that the scheduler writes about a pod: the binding to its node, or the condition PodScheduled, which says why there is none; and the
 * events that tell of it.
 */
import type { World } from "../loop/index.ts";
import {
  bindingOf,
  conditionOf,
  type Pod,
  type PodCondition,
  type PodStatus,
  withCondition,
} from "../resources/index.ts";
import type { LostPods } from "./lost-pods.ts";

/** `lost`: the pods that were sent off their nodes, for one of which this may stand in. */
export async function bind(pod: Pod, nodeName: string, lost: LostPods, world: World): Promise<void> {
  await world.createAt(pod, "binding", bindingOf(pod.metadata, nodeName));
  const { namespace, name } = pod.metadata;
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  // It was told of the binding by now; one that is refused stands in for none.
  const isReplacement = lost.takeReplacement(pod);
  world.event(pod, "Normal", "Scheduled", message, {
    heals: isReplacement ? "reschedule" : undefined,
    source: pod.spec.schedulerName,
  });
}

export const unschedulable = { type: "PodScheduled", status: "False", reason: "Unschedulable" } as const;
export const failed = { type: "PodScheduled", status: "False", reason: "SchedulerError" } as const;
export const gated = { type: "PodScheduled", status: "False", reason: "SchedulingGated" } as const;

/** The same, with an event where the reason is another than before. */
export async function tell(
  pod: Pod,
  condition: PodCondition & { readonly message: string },
  change: Partial<PodStatus>,
  world: World,
): Promise<void> {
  const { message } = condition;
  if (conditionOf(pod, "PodScheduled")?.message !== message)
    world.event(pod, "Warning", "FailedScheduling", message, { source: pod.spec.schedulerName });
  await report(pod, { ...condition, observedGeneration: pod.metadata.generation }, change, world);
}

/** Says why the pod has no node, if it does not say so already. */
export async function report(
  pod: Pod,
  condition: PodCondition,
  change: Partial<PodStatus>,
  world: World,
): Promise<void> {
  const conditions = withCondition(pod.status?.conditions, condition, world.now());
  await world.report(pod, { ...pod.status, conditions, ...change });
}

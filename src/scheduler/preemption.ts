/**
 * Preemption, carried out: the victims are told why (the condition DisruptionTarget), asked to go with their own grace period, and an
 * event tells of it. Whom it hits, plugins/default-preemption.ts decides. Pods that were promised the node and are less important
 * lose their promise: they may not fit any more.
 */
import type { World } from "../loop/index.ts";
import { defaultSchedulerName, isTerminating, type Pod, withDisruptionTarget } from "../resources/index.ts";
import type { Look, PostFilterResult } from "./framework.ts";
import { priorityOf } from "./plugins/index.ts";

type Nomination = Extract<PostFilterResult, { readonly nominated: unknown }>;

export async function preempt(
  pod: Pod,
  { nominated, victims }: Nomination,
  { snapshot }: Look,
  world: World,
): Promise<void> {
  for (const { pod: other } of snapshot.nominatedOn(nominated))
    if (other.metadata.uid !== pod.metadata.uid && priorityOf(other) < priorityOf(pod))
      await release(other, world);
  for (const { metadata } of victims) {
    const victim = world.get("Pod", metadata.namespace ?? "", metadata.name);
    if (victim?.metadata.uid === metadata.uid && !isTerminating(victim)) await evict(victim, pod, world);
    else continue;
    const message = `Preempted by pod ${pod.metadata.uid} on node ${nominated.node.metadata.name}`;
    world.event(victim, "Normal", "Preempted", message, { source: pod.spec.schedulerName });
  }
}

async function evict(
  victim: Pod,
  { spec: { schedulerName = defaultSchedulerName } }: Pod,
  world: World,
): Promise<void> {
  const why = {
    reason: "PreemptionByScheduler",
    message: `${schedulerName}: preempting to accommodate a higher priority pod`,
    observedGeneration: victim.metadata.generation,
  };
  const conditions = withDisruptionTarget(victim.status?.conditions, why, world.now());
  await world.report(victim, { ...victim.status, conditions });
  await world.delete(victim);
}

async function release({ metadata }: Pod, world: World): Promise<void> {
  const pod = world.get("Pod", metadata.namespace ?? "", metadata.name);
  if (pod?.status?.nominatedNodeName)
    await world.report(pod, { ...pod.status, nominatedNodeName: undefined });
}

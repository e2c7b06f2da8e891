/**
 * How many pods that have ended are kept: 12,500, as Kubernetes' pod garbage collector has it (`--terminated-pod-gc-threshold`). Those
 * beyond are deleted, evicted ones first, then the oldest. Jobs and failing workloads would else fill the store in time. Also those that are
 * being deleted, and have no node that would end that: it takes two writes, and who did the first may not have come to the second.
 */
import { again, controller, settled } from "../loop/index.ts";
import { hasEnded, isTerminating, type Pod } from "../resources/index.ts";
import { controllerWriter } from "../store/index.ts";

const mostEnded = 12_500;
/** How often they are counted, in milliseconds. */
const periodMs = 20_000;
/** There is one store to look after: the key is that of a namespace that every cluster has. */
const home = "kube-system";

export function endedPodCollection(most = mostEnded) {
  return controller({
    name: "ended-pod-collector",
    writer: controllerWriter("pod-garbage-collector"),
    kind: "Namespace",
    wokenBy: [],
    concerns: ({ metadata }, previous) => metadata.name === home && previous === undefined,
    async reconcile({ metadata }, world) {
      if (metadata.name !== home) return settled;
      const pods = world.list("Pod");
      for (const pod of pods)
        if (isTerminating(pod) && !pod.spec.nodeName && !pod.metadata.finalizers?.length)
          await world.delete(pod, { gracePeriodSeconds: 0 });
      if (pods.length <= most) return again(periodMs);
      const ended = pods.filter(hasEnded);
      if (ended.length > most) {
        ended.sort(evictedAndOldestFirst);
        for (const pod of ended.slice(0, ended.length - most))
          await world.delete(pod, { gracePeriodSeconds: 0 });
      }
      return again(periodMs);
    },
  });
}

function evictedAndOldestFirst(one: Pod, other: Pod): number {
  const evicted = Number(isEvicted(other)) - Number(isEvicted(one));
  if (evicted !== 0) return evicted;
  const age = Date.parse(one.metadata.creationTimestamp) - Date.parse(other.metadata.creationTimestamp);
  return age !== 0 ? age : one.metadata.name < other.metadata.name ? -1 : 1;
}

function isEvicted({ status }: Pod): boolean {
  return status?.reason === "Evicted";
}

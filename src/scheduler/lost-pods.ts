/**
 * The pods that were sent off their nodes for no fault of theirs and have not been replaced yet, by what had them in charge: the next
 * pod of the same owner that is given a node stands in for one of them, which is an act of healing (loop/events/healing.ts).
 */
import { setBounded } from "../outside/index.ts";
import { conditionOf, hasEnded, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";

/** Why a pod was sent off, where it is healing. Preemption makes room for another pod: that is none. */
const reasons: ReadonlySet<string | undefined> = new Set([
  "DeletionByTaintManager",
  "DeletionByPodGC",
  "EvictionByEvictionAPI",
  "TerminationByKubelet",
]);

/** Of more owners nothing is remembered. */
const most = 10_000;

export class LostPods {
  /** How many of each owner, by its uid. */
  readonly #missing = new Map<string, number>();

  /** Takes in a change of a pod. */
  apply({ object, previous }: Change): void {
    const pod = object as Pod;
    const before = previous as Pod | undefined;
    if (!isSentOff(pod) || (before && (isSentOff(before) || hasEnded(before)))) return;
    const owner = ownerOf(pod);
    if (owner !== undefined) setBounded(this.#missing, owner, (this.#missing.get(owner) ?? 0) + 1, most);
  }

  /** Whether the pod, which is given a node now, stands in for one that was lost. Says so once for each that was. */
  takeReplacedBy(pod: Pod): boolean {
    if (this.#missing.size === 0) return false;
    const owner = ownerOf(pod) ?? "";
    const missing = this.#missing.get(owner) ?? 0;
    if (missing > 1) this.#missing.set(owner, missing - 1);
    else this.#missing.delete(owner);
    return missing > 0;
  }
}

/** One that had no node, or none that ever was (a mistyped `nodeName`), was not sent off it. */
function isSentOff(pod: Pod): boolean {
  const target = conditionOf(pod, "DisruptionTarget");
  if (target?.status !== "True" || !reasons.has(target.reason) || !pod.spec.nodeName) return false;
  return target.reason !== "DeletionByPodGC" || pod.status?.startTime !== undefined;
}

/** A pod of a DaemonSet has no other node to go to. */
function ownerOf({ metadata: { ownerReferences } }: Pod): string | undefined {
  const owner = ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === "DaemonSet" ? undefined : owner?.uid;
}

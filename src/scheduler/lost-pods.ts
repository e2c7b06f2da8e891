/**
 * The pods that were sent off their nodes for no fault of theirs and have not been replaced yet, by what had them in charge: the next
 * pod of the same owner that is given a node stands in for one of them, which is an act of healing (loop/events/healing.ts). That is read
 * from what changes, so that a scheduler that stands by knows which are still missing when it takes over.
 */
import { setBounded } from "../outside/index.ts";
import { conditionOf, disruptionTarget, hasEnded, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";

/** Why a pod was sent off, where it is healing. Preemption makes room for another pod: that is none. */
const reasons: ReadonlySet<string | undefined> = new Set([
  "DeletionByTaintManager",
  "DeletionByPodGC",
  "EvictionByEvictionAPI",
  "TerminationByKubelet",
]);

/** Of more owners, and of more pods that stand in, nothing is remembered. */
const most = 10_000;

export class LostPods {
  /** How many of each owner, by its uid. */
  readonly #missing = new Map<string, number>();

  /** The pods that were given a node in place of one that was lost, by their uids. */
  readonly #replacements = new Map<string, true>();

  /** Takes in a change of a pod. */
  apply({ object, previous }: Change): void {
    const pod = object as Pod;
    const before = previous as Pod | undefined;
    if (before && pod.spec.nodeName && !before.spec.nodeName) this.#placed(pod);
    if (!isSentOff(pod) || (before && (isSentOff(before) || hasEnded(before)))) return;
    const owner = ownerOf(pod);
    if (owner !== undefined) setBounded(this.#missing, owner, (this.#missing.get(owner) ?? 0) + 1, most);
  }

  /** Whether the pod, which was given a node, stands in for one that was lost. Says so once. */
  takeReplacement({ metadata: { uid } }: Pod): boolean {
    return this.#replacements.delete(uid);
  }

  #placed(pod: Pod): void {
    const owner = ownerOf(pod) ?? "";
    const missing = this.#missing.get(owner) ?? 0;
    if (missing === 0) return;
    if (missing > 1) this.#missing.set(owner, missing - 1);
    else this.#missing.delete(owner);
    setBounded(this.#replacements, pod.metadata.uid, true, most);
  }
}

/** One that had no node, or none that ever was (a mistyped `nodeName`), was not sent off it. */
function isSentOff(pod: Pod): boolean {
  const target = conditionOf(pod, disruptionTarget);
  if (target?.status !== "True" || !reasons.has(target.reason) || !pod.spec.nodeName) return false;
  return target.reason !== "DeletionByPodGC" || pod.status?.startTime !== undefined;
}

/** A pod of a DaemonSet has no other node to go to. */
function ownerOf({ metadata: { ownerReferences } }: Pod): string | undefined {
  const owner = ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === "DaemonSet" ? undefined : owner?.uid;
}

/**
 * How an object goes. Deletion is asked for, not done: while something holds the object (a pod that may take its time
 * to stop, a finalizer that its controller must still act on) it stays, marked with a deletionTimestamp; when nothing holds it
 * any more it is removed. The rules are those of Kubernetes' registry (`BeforeDelete` and what follows it there), down to
 * the two writes of a pod that goes at once: marked with no grace left, then removed.
 *
 * Dependents are no concern of this file: it only sets the finalizers `foregroundDeletion` and `orphan`, on which the
 * garbage collector acts.
 */
import { timestamp } from "../../outside/index.ts";
import {
  isSame,
  type KindDefinition,
  type KubernetesObject,
  type ObjectMeta,
} from "../../resources/index.ts";
import type { DeleteOptions } from "./asked-write.ts";
import { withNextGeneration } from "./metadata.ts";
import { preconditionFailed } from "./refusals.ts";

export interface DeletionPlan {
  /** The object as it is to be written first; absent where it need not change. */
  readonly marked?: KubernetesObject;
  /** Whether it is then removed. */
  readonly removes: boolean;
}

const foreground = "foregroundDeletion";
const orphan = "orphan";

/** What is to be written so that the object goes as asked; `now` in milliseconds. */
export function planDeletion(
  kind: KindDefinition,
  object: KubernetesObject,
  options: DeleteOptions,
  now: number,
): DeletionPlan {
  const { metadata } = object;
  if (kind.rules?.isHeld?.(object)) {
    if (metadata.deletionTimestamp !== undefined) return { removes: false };
    const deletionTimestamp = timestamp(now);
    const going = kind.rules.terminating?.(object, deletionTimestamp) ?? object;
    const goingMetadata = { ...metadata, ...going.metadata, deletionTimestamp };
    return { marked: { ...going, metadata: goingMetadata } as KubernetesObject, removes: false };
  }
  const grace = graceLeft(kind, object, options.gracePeriodSeconds);
  if (grace === "under way") return { removes: false };

  const finalizers = finalizersFor(metadata.finalizers ?? [], options.propagationPolicy);
  if (grace === "none") {
    if (finalizers.length === 0) return { removes: true };
    return planWrite(object, { ...marked(metadata, 0, now), finalizers }, false);
  }
  const next = withFinalizers(marked(metadata, grace, now), finalizers);
  return planWrite(object, next, grace === 0 && finalizers.length === 0);
}

/** Whether nothing holds the object any longer, so that the write which made it so deletes it. */
export function isReleased(kind: Pick<KindDefinition, "rules">, object: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  const hasTime = (deletionGracePeriodSeconds ?? 0) > 0;
  return deletionTimestamp !== undefined && !hasTime && !finalizers?.length && !kind.rules?.isHeld?.(object);
}

/** Fails with Conflict if the object is not the one that was meant, or not in the version that was meant. */
export function assertPreconditions(
  kind: KindDefinition,
  { metadata }: KubernetesObject,
  { uid, resourceVersion }: NonNullable<DeleteOptions["preconditions"]>,
): void {
  if (uid !== undefined && uid !== metadata.uid) {
    const problem = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}).`;
    const guess = "The object might have been deleted and then recreated";
    throw preconditionFailed(kind, metadata.name, `${problem} ${guess}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const problem = `the ResourceVersion in the precondition (${resourceVersion}) does not match`;
    const found = `the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw preconditionFailed(kind, metadata.name, `${problem} ${found}`);
  }
}

/**
 * The seconds that the object may still take: "none" where its kind knows no grace, or it had its time; "under way"
 * where what was asked is no sooner than what goes on already.
 */
function graceLeft(
  kind: KindDefinition,
  object: KubernetesObject,
  asked: number | undefined,
): number | "none" | "under way" {
  if (!kind.rules?.graceSeconds) return "none";
  const { deletionTimestamp, deletionGracePeriodSeconds: left = 0 } = object.metadata;
  if (deletionTimestamp === undefined) return notNegative(kind.rules.graceSeconds(object, asked));
  if (left === 0) return "none";
  return asked === undefined || notNegative(asked) >= left ? "under way" : notNegative(asked);
}

/** Kubernetes takes a negative period for one second. */
function notNegative(seconds: number): number {
  return seconds < 0 ? 1 : seconds;
}

/** The finalizers by which the garbage collector knows what becomes of the dependents. */
function finalizersFor(
  finalizers: readonly string[],
  policy: DeleteOptions["propagationPolicy"],
): readonly string[] {
  if (policy === undefined) return finalizers;
  const others = finalizers.filter(finalizer => finalizer !== foreground && finalizer !== orphan);
  if (policy === "Foreground") return [...others, foreground];
  if (policy === "Orphan") return [...others, orphan];
  return others;
}

function marked(metadata: ObjectMeta, grace: number, now: number): ObjectMeta {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined) {
    const going = { deletionTimestamp: timestamp(now + grace * 1000), deletionGracePeriodSeconds: grace };
    // That it is to go is a change of what is desired.
    return { ...withNextGeneration(metadata), ...going };
  }
  if (deletionGracePeriodSeconds === grace) return metadata;
  const reckoned = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  // An end beyond the last time that can be written does not tell when it was asked for.
  const askedAt = reckoned < Date.parse(metadata.creationTimestamp) ? now : reckoned;
  const sooner = { deletionTimestamp: timestamp(askedAt + grace * 1000), deletionGracePeriodSeconds: grace };
  return { ...metadata, ...sooner };
}

function withFinalizers(metadata: ObjectMeta, finalizers: readonly string[]): ObjectMeta {
  if (finalizers.length > 0) return { ...metadata, finalizers };
  const { finalizers: _, ...rest } = metadata;
  return rest;
}

function planWrite(object: KubernetesObject, metadata: ObjectMeta, removes: boolean): DeletionPlan {
  return isSame(object.metadata, metadata) ? { removes } : { marked: { ...object, metadata }, removes };
}

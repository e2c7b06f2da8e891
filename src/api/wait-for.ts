/**
 * Waiting for an object to become what one waits for: a condition that is True, its deletion, or whatever a predicate
 * says. It watches; it does not poll. Who waits too long is told what was seen last.
 */
import { ApiError, didYouMean } from "../errors/index.ts";
import { type Clock, onAbort } from "../outside/index.ts";
import { isTerminating, type KindName, type KubernetesObject, type ObjectOf } from "../resources/index.ts";
import type { ObjectKey, Store } from "../store/index.ts";
import { reportOn } from "./wait-report.ts";

/** A condition type that must be True, `"deleted"`, or a predicate over the object (undefined while there is none). */
export type Awaited<K extends KindName = string> = string | ((object: ObjectOf<K> | undefined) => boolean);

export interface WaitOptions {
  /** How long to wait, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Gives up early; the promise rejects with ApiError Aborted, whose cause is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Resolves to the object that fits (undefined once deleted); rejects with ApiError Timeout, Aborted, or ServiceUnavailable if the cluster stops first. */
export function waitFor(
  store: Store,
  clock: Clock,
  key: ObjectKey,
  awaited: Awaited,
  { timeoutMs = 30_000, signal }: WaitOptions = {},
): Promise<KubernetesObject | undefined> {
  const fits = predicateOf(awaited);
  return new Promise((resolve, reject) => {
    const look = () => {
      const object = store.get(key.kind, key.namespace, key.name);
      try {
        if (fits(object)) end(() => resolve(object));
      } catch (error) {
        end(() => reject(error));
      }
    };
    const end = (settle: () => void) => {
      unwatch();
      timer.cancel();
      takeBack();
      settle();
    };
    const abort = () => end(() => reject(aborted(key, signal?.reason)));
    const tooLate = () => end(() => reject(timedOut(store, key, awaited, timeoutMs)));
    const ended = () => end(() => reject(stopped(key)));
    const unwatch = store.watch({ kind: key.kind, namespace: key.namespace, ended }, change => {
      if (change.key.name === key.name) look();
    });
    const timer = clock.after(timeoutMs, tooLate);
    const takeBack = onAbort(signal, abort);
    if (signal?.aborted) abort();
    else look();
  });
}

function predicateOf(awaited: Awaited): (object: KubernetesObject | undefined) => boolean {
  if (typeof awaited === "function") return awaited;
  if (awaited === "deleted") return object => object === undefined;
  return object => object !== undefined && !isTerminating(object) && holds(object, awaited);
}

/**
 * Whether a condition is True, and of the newest generation where it says of which. Kinds that report counts instead
 * (ReplicaSet) are Ready, or Available, when as many are as were asked for.
 */
function holds({ metadata, spec, status }: KubernetesObject, type: string): boolean {
  const { conditions, observedGeneration, replicas, ...counts } = (status ?? {}) as Counts;
  const isCurrent = observedGeneration === undefined || observedGeneration === metadata.generation;
  const condition = conditions?.find(condition => condition.type === type);
  if (condition) return condition.status === "True" && isCurrent;
  if (replicas === undefined || (type !== "Ready" && type !== "Available")) return false;
  const wanted = (spec as { replicas?: number }).replicas ?? 1;
  const count = (type === "Ready" ? counts.readyReplicas : counts.availableReplicas) ?? 0;
  return isCurrent && replicas === wanted && count === wanted;
}

interface Counts {
  conditions?: readonly { type: string; status: string }[];
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
}

/** A condition type, with the nearest that the object has where it has none of this name. */
function named(store: Store, { kind, namespace, name }: ObjectKey, type: string): string {
  const object: KubernetesObject | undefined = store.get(kind, namespace, name);
  const { conditions = [] } = (object?.status ?? {}) as Counts;
  const types = [...conditions.map(condition => condition.type), "Ready", "Available", "deleted"];
  return types.includes(type) ? type : `${type}${didYouMean(type, types)}`;
}

function stopped({ kind, name }: ObjectKey): ApiError {
  const text = `the cluster stopped before ${kind} ${name} was what was waited for`;
  return new ApiError("ServiceUnavailable", text, { kind, name });
}

function aborted({ kind, name }: ObjectKey, cause: unknown): ApiError {
  const text = `waiting for ${kind} ${name} was aborted by its signal`;
  return new ApiError("Aborted", text, { kind, name }, { cause });
}

function timedOut(store: Store, key: ObjectKey, awaited: Awaited, timeoutMs: number): ApiError {
  const { kind, namespace, name } = key;
  const where = namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
  const what = typeof awaited === "function" ? "what the predicate asks for" : named(store, key, awaited);
  const text = `waited ${timeoutMs} ms for ${where} to be ${what}; ${reportOn(store, key)}`;
  return new ApiError("Timeout", text, { kind, name });
}

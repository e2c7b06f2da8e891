/**
 * Waiting for an object to become what one waits for: a condition that is True, its deletion, or whatever a predicate says. It
 * follows the object through the API (api.ts); it does not poll. A caller that waits too long is told what was seen last.
 */
import { ApiError, didYouMean } from "../errors/index.ts";
import { type Clock, Deferred, onAbort } from "../outside/index.ts";
import { isTerminating, type KindName, type KubernetesObject, type ObjectOf } from "../resources/index.ts";
import { isPending } from "../store/index.ts";
import type { Api } from "./api.ts";
import type { Caller, ObjectTarget } from "./options.ts";
import { type ReportReader, reportOn } from "./wait-report.ts";

/** A condition type that must be True, `"deleted"`, or a predicate over the object (undefined while there is none). */
export type Awaited<K extends KindName = string> = string | ((object: ObjectOf<K> | undefined) => boolean);

export interface WaitOptions {
  /** How long to wait, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Gives up early; the promise rejects with ApiError Aborted, whose cause is the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface WaitParts {
  readonly api: Api;
  readonly caller: Caller;
  /** What the caller may see, to tell why it waits in vain. */
  readonly reader: ReportReader;
  readonly clock: Clock;
}

/**
 * Resolves to the object that fits (undefined once deleted); rejects with ApiError Timeout, Aborted, ServiceUnavailable if the
 * cluster stops first, or Forbidden for who may not watch the object.
 */
export async function waitFor(
  { api, caller, reader, clock }: WaitParts,
  target: ObjectTarget,
  awaited: Awaited,
  { timeoutMs = 30_000, signal }: WaitOptions = {},
): Promise<KubernetesObject | undefined> {
  const fits = predicateOf(awaited);
  const waiting = new Deferred<KubernetesObject | undefined>();
  // The caller is told. What is settled while authorization is still pending is no unhandled rejection.
  waiting.promise.catch(() => {});
  let last: KubernetesObject | undefined;
  const look = (object: KubernetesObject | undefined) => {
    last = object;
    try {
      if (fits(object)) waiting.resolve(object);
    } catch (error) {
      waiting.reject(error);
    }
  };
  const abort = () => waiting.reject(aborted(target, signal?.reason));
  const tooLate = () => waiting.reject(timedOut(reader, target, awaited, { timeoutMs, last }));
  const timer = clock.after(timeoutMs, tooLate);
  const takeBack = onAbort(signal, abort);
  try {
    if (signal?.aborted) abort();
    const following = api.follow(caller, target, {
      changed: look,
      ended: () => waiting.reject(stopped(target)),
    });
    const unwatch = isPending(following) ? await following : following;
    return await waiting.promise.finally(unwatch);
  } finally {
    timer.cancel();
    takeBack();
  }
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
function named(type: string, object: KubernetesObject | undefined): string {
  const { conditions = [] } = (object?.status ?? {}) as Counts;
  const types = [...conditions.map(condition => condition.type), "Ready", "Available", "deleted"];
  return types.includes(type) ? type : `${type}${didYouMean(type, types)}`;
}

function nameOf({ kind, namespace = "", name }: ObjectTarget) {
  return { kind: kind.name, namespace, name };
}

function stopped(target: ObjectTarget): ApiError {
  const { kind, name } = nameOf(target);
  const text = `the cluster stopped before ${kind} ${name} was what was waited for`;
  return new ApiError("ServiceUnavailable", text, { kind, name });
}

function aborted(target: ObjectTarget, cause: unknown): ApiError {
  const { kind, name } = nameOf(target);
  const text = `waiting for ${kind} ${name} was aborted by its signal`;
  return new ApiError("Aborted", text, { kind, name }, { cause });
}

function timedOut(
  reader: ReportReader,
  target: ObjectTarget,
  awaited: Awaited,
  { timeoutMs, last }: { readonly timeoutMs: number; readonly last: KubernetesObject | undefined },
): ApiError {
  const { kind, namespace, name } = nameOf(target);
  const where = namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
  const what = typeof awaited === "function" ? "what the predicate asks for" : named(awaited, last);
  const report = reportOn(reader, { kind, namespace, name }, last);
  const text = `waited ${timeoutMs} ms for ${where} to be ${what}; ${report}`;
  return new ApiError("Timeout", text, { kind, name });
}

/**
 * Admission, as the registry sees it: between reading what a writer hands in and giving out what may be given once, others
 * have their say. They may change the object, or refuse the write. The room admission/ has those that Kubernetes has;
 * this is the port.
 *
 * A plugin that can answer at once does so without a promise: then a write in memory has happened when the call returns.
 */
import type { Draft, KindDefinition, KubernetesObject } from "../../resources/index.ts";
import type { ObjectKey } from "../store.ts";
import type { AdmissionRequest, Operation } from "./asked-write.ts";
import type { Request } from "./verbs.ts";

export interface Admission {
  /**
   * The object as it is to be: itself where nothing changes. It is complete, frozen, and not validated yet. Throws, or
   * rejects with, what the writer is told: Forbidden mostly.
   */
  mutate(object: Draft, request: AdmissionRequest): Draft | Promise<Draft>;
  /**
   * A word on the object as it will be stored; on none where it is to be deleted; on the options of a stream that is to be
   * opened. Throws or rejects likewise.
   */
  validate(object: Draft | undefined, request: AdmissionRequest): void | Promise<void>;
  /**
   * The last word on what is created or changed, from what is stored at that moment: nothing comes between it and the write, so
   * that two writers never share what is left. Throws likewise.
   */
  validateLast(object: Draft, request: AdmissionRequest): void;
  /** Of which places the last word is: two writes of one place must not be under way at the same time. */
  contends(request: AdmissionRequest): readonly string[];
}

/** Lets everything through as it is. */
export const admitsAll: Admission = {
  mutate: object => object,
  validate: () => {},
  validateLast: () => {},
  contends: () => [],
};

/** The places of which a write is: what its kind gives to one object at a time, and what admission has the last word on. */
export function contended(
  { name, rules }: KindDefinition,
  admission: Admission,
  request: AdmissionRequest,
): readonly string[] {
  const own = rules?.allocate ? [name] : [];
  return [...own, ...admission.contends(request)];
}

/** What admission is asked about a write; `old` is what is there. */
export function askingFor(
  operation: Operation,
  kind: KindDefinition,
  { namespace, name }: ObjectKey,
  request: Request,
  old?: KubernetesObject,
): AdmissionRequest {
  const { author, version = kind.versions[0], subresource = "", dryRun = false, warn = () => {} } = request;
  const { options, annotate } = request;
  return {
    ...{ operation, kind, version, namespace, name, subresource, old, user: author.user, dryRun, warn },
    ...(options && { options }),
    ...(annotate && { annotate }),
  };
}

/** Whether an answer is still to come. */
export function isPending<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof (answer as { readonly then?: unknown } | undefined)?.then === "function";
}

/**
 * Admission, as the registry sees it: between reading what a writer hands in and giving out what may be given once, others
 * have their say. They may change the object, or refuse the write. The room admission/ has those that Kubernetes has;
 * this is the port.
 *
 * A plugin that can answer at once does so without a promise: then a write in memory has happened when the call returns.
 */
import type { Draft, KindDefinition, KubernetesObject } from "../../resources/index.ts";
import type { User } from "../identity.ts";
import type { ObjectKey } from "../store.ts";
import type { DeleteOptions, Request } from "./verbs.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** A write that asks to be admitted; all of it but the object itself. */
export interface AdmissionRequest {
  readonly operation: Operation;
  /** The kind that is written to; with a subresource, the one that it belongs to. */
  readonly kind: KindDefinition;
  /** "" where the kind belongs to the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** What is there; undefined for what is new. */
  readonly old: KubernetesObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** Of a deletion: how it is to be done. */
  readonly deletion?: DeleteOptions;
  /** Tells the writer something, though the write goes on. */
  warn(text: string): void;
}

export interface Admission {
  /**
   * The object as it is to be: itself where nothing changes. It is complete, frozen, and not validated yet. Throws, or
   * rejects with, what the writer is told: Forbidden mostly.
   */
  mutate(object: Draft, request: AdmissionRequest): Draft | Promise<Draft>;
  /** The last word on the object as it will be stored; on none where it is to be deleted. Throws or rejects likewise. */
  validate(object: Draft | undefined, request: AdmissionRequest): void | Promise<void>;
}

/** Lets everything through as it is. */
export const admitsAll: Admission = { mutate: object => object, validate: () => {} };

/** What admission is asked about a write; `old` is what is there. */
export function askingFor(
  operation: Operation,
  kind: KindDefinition,
  { namespace, name }: ObjectKey,
  { author, subresource = "", dryRun = false, warn = () => {} }: Request,
  old?: KubernetesObject,
): AdmissionRequest {
  return { operation, kind, namespace, name, subresource, old, user: author.user, dryRun, warn };
}

/** Whether an answer is still to come. */
export function isPending<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof (answer as { readonly then?: unknown } | undefined)?.then === "function";
}

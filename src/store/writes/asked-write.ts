/**
 * A write, or the opening of a stream, as those see it who may change or refuse it: admission, and what looks after the writer's
 * rights.
 */
import type { Draft, KindDefinition, KindVersion, KubernetesObject } from "../../resources/index.ts";
import type { User } from "../identity.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** A write that asks to be admitted; all of it but the object itself. */
export interface AdmissionRequest {
  readonly operation: Operation;
  /** The kind that is written to; with a subresource, the one that it belongs to. */
  readonly kind: KindDefinition;
  /** In which version of it the writer speaks. Objects are given as they are kept, whichever it is. */
  readonly version: KindVersion;
  /** "" where the kind belongs to the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** What is there; undefined for what is new, and for what is created at a part of an object. */
  readonly old: KubernetesObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** Of a new object: its name was drawn, so that its writer does not know it yet. */
  readonly isNameDrawn?: boolean;
  /** As its writer gave them. */
  readonly options?: SentOptions;
  /** Of a deletion: how it is to be done. */
  readonly deletion?: DeleteOptions;
  /** Tells the writer something, though the write goes on. */
  warn(text: string): void;
  /** Notes something for the audit log: `pod-security.kubernetes.io/enforce-policy`. */
  annotate?(key: string, value: string): void;
}

/**
 * Where it depends on the object whether its writer may write it: a role must not give more than its writer has. Comes before
 * admission; throws Forbidden, or returns the object, with what is to be known of its writer.
 */
export type AuthorizeWrite = (object: Draft, request: AdmissionRequest) => Draft;

/** Options of a write that are shown to those who admit it, and mean nothing else to them. */
export interface SentOptions {
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
}

export interface DeleteOptions {
  /** How long a pod may take to stop; what the pod says, 30, where left out. 0 removes the object at once. */
  readonly gracePeriodSeconds?: number;
  /** What becomes of the dependents: deleted after (the default), before, or left behind. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** Only if the object is still that one, and that version of it: Conflict otherwise. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

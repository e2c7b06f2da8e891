/**
 * A kind, described once, as data: what it is called, its schema, columns and subresources. Validation, defaults,
 * patches, tables and discovery are generic code over this; a kind defined at run time is the same thing. The few rules
 * that data cannot say (a selector must match its template, a cluster IP is allocated) are the pure functions of `rules`.
 */
import type { Cause } from "../errors/index.ts";
import type { Draft, KubernetesObject } from "./object.ts";
import type { Schema } from "./schema.ts";

export interface KindDefinition<T extends KubernetesObject = KubernetesObject> {
  /** The name the store knows it by: the kind itself, with `.group` where the bare name is taken. */
  readonly name: string;
  readonly kind: string;
  /** "" for Kubernetes' core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** The whole object's schema, metadata included. */
  readonly schema: Schema;
  readonly columns: readonly PrinterColumn[];
  /** True where status is written through its own subresource and ignored elsewhere. */
  readonly hasStatus: boolean;
  /** Where replicas and their counts stand, for kinds that can be scaled. */
  readonly scale?: { readonly specPath: string; readonly statusPath: string; readonly selectorPath?: string };
  /** Fields by which lists may be selected, besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  readonly rules?: KindRules<T>;
}

/** What data cannot say about a kind. All are pure; `draft` is not changed, a new one comes back. */
export interface KindRules<T extends KubernetesObject = KubernetesObject> {
  /** Fills in what depends on other fields (the schema's own defaults are in already). */
  fill?(draft: Draft<T>): Draft<T>;
  /** Everything that is wrong with the object, and, when `old` is given, with changing `old` into it. */
  validate?(object: Draft<T>, old?: T): Cause[];
  /** The status that a new object starts with, whatever the draft said. */
  initialStatus?(draft: Draft<T>): T["status"];
  /** How long deletion waits before the object goes, in seconds, where nobody says (pods: their grace period). */
  graceSeconds?(object: T): number | undefined;
}

/** A column of `kubectl get`: a name and the path or function its cell comes from. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  /** 0 is always shown; more only with `-o wide`. */
  readonly priority: number;
  /** A JSON path such as `.spec.replicas`, or what computes the cell from the object (`now` in ms). */
  readonly cell: string | ((object: KubernetesObject, now: number) => string | number | boolean);
}

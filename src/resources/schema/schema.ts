/**
 * A structural schema: what a value may look like, as data. It is the part of OpenAPI v3 that Kubernetes uses, with its
 * extensions under plain names. Validation, defaults, patches, positions in YAML and `explain` all walk over these.
 */
import type { ValidationRule } from "../generated/kubernetes.gen.ts";

export interface Schema {
  /** Absent for `quantity` and `int-or-string`, which take numbers and text, and for `any`. */
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  /**
   * `int32`, `int64`, `double`, `date-time`, `micro-time`, `byte`, `quantity`, `int-or-string`, or `any` for any JSON; in schemas
   * of custom kinds also those of format.ts.
   */
  readonly format?: string;
  /** The name that the schema is published under (`PodSpec`); inline schemas have none. */
  readonly definition?: string;
  /** Schemas of other definitions stand here themselves, not by reference, so the graph may have circles. */
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  /** The values in the order in which Kubernetes tells them, where that is another. */
  readonly toldAs?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  /**
   * True where 0, "" or false means "not given": it takes the default, or is left out where there is none. (In Go's words: the
   * field is no pointer.)
   */
  readonly emptyIsUnset?: boolean;
  /** True where an empty list is another thing than none: it is kept. */
  readonly emptyIsKept?: boolean;
  /** What Go prints where it is missing, for it always prints the field: null, "", 0, false or {}. */
  readonly zero?: unknown;
  /** True where nothing inside takes its default: what was not given stays so. */
  readonly keepsUnset?: boolean;
  /** How lists merge when they are applied: as a map by these keys, as a set, or whole (atomic, the default). */
  readonly listType?: "map" | "set" | "atomic";
  readonly listMapKeys?: readonly string[];
  /** True where a map or an object is taken whole when it is applied. */
  readonly atomic?: boolean;
  /** How strategic merge patches treat the field: a list is merged (see patchMergeKey; plain values as a set), or replaced. */
  readonly patchStrategy?: "merge" | "replace";
  /** The one key that strategic merge patches tell the elements of a list by. */
  readonly patchMergeKey?: string;
  /** True where a patch that names a list of keys ($retainKeys) drops the others, as for the sources of a volume. */
  readonly retainKeys?: boolean;
  /** True where a custom resource keeps fields that the schema does not name. */
  readonly preserveUnknownFields?: boolean;
  // --- What only schemas of custom kinds say.
  /** An enum of other values than text. */
  readonly values?: readonly unknown[];
  /** True where null is a value; elsewhere a null is as good as nothing. */
  readonly nullable?: boolean;
  /** Conditions in CEL that a value must meet (`x-kubernetes-validations`). */
  readonly rules?: readonly ValidationRule[];
  /** True for a whole object inside: it has apiVersion, kind and metadata of its own. */
  readonly embeddedResource?: boolean;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
}

/**
 * What Go's JSON decoder says of a value that does not fit its types, for clients that print it and users who search for it:
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. Only the first is told.
 */
import type { Schema } from "../schema.ts";
import { publishedName } from "../wire-fields.ts";
import { base64Fault, hasOwnParser, jsonType, ownFault } from "./scalar-faults.ts";

/** Where the decoder is: the innermost struct, and the fields on the way to it. Items and keys are not told. */
interface Place {
  readonly struct?: string;
  readonly fields: readonly string[];
}

/** Undefined where all fits. `value` is of the kind whose schema it is. */
export function decoderFault(schema: Schema, value: unknown): string | undefined {
  return faultAt(schema, value, { fields: [] });
}

function faultAt(schema: Schema, value: unknown, place: Place): string | undefined {
  if (value === null || value === undefined || schema.format === "any") return undefined;
  if (hasOwnParser(schema)) return ownFault(schema, value);
  switch (schema.type) {
    case "object":
      if (typeof value !== "object" || Array.isArray(value)) return mismatch(schema, value, place);
      return faultIn(schema, value as Readonly<Record<string, unknown>>, place);
    case "array":
      if (!Array.isArray(value)) return mismatch(schema, value, place);
      return firstOf(value, item => (schema.items ? faultAt(schema.items, item, place) : undefined));
    case "string":
      if (typeof value !== "string") return mismatch(schema, value, place);
      return schema.format === "byte" ? base64Fault(value) : undefined;
    case "boolean":
      return typeof value === "boolean" ? undefined : mismatch(schema, value, place);
    case "integer": {
      if (typeof value !== "number") return mismatch(schema, value, place);
      const limit = schema.format === "int32" ? 2 ** 31 : 2 ** 63;
      const fits = Number.isInteger(value) && value >= -limit && value < limit;
      return fits ? undefined : mismatch(schema, value, place, value);
    }
    case "number":
      return typeof value === "number" ? undefined : mismatch(schema, value, place);
    default:
      return undefined;
  }
}

function faultIn(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  { struct, fields }: Place,
): string | undefined {
  const { definition, properties, additionalProperties } = schema;
  const own = definition ? nameOf(definition).at(-1) : struct;
  return firstOf(Object.entries(value), ([key, inner]) => {
    const known = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known) return faultAt(known, inner, { struct: own, fields: [...fields, key] });
    return additionalProperties && faultAt(additionalProperties, inner, { struct, fields });
  });
}

function firstOf<T>(values: readonly T[], faultOf: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const fault = faultOf(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function mismatch(schema: Schema, value: unknown, { struct, fields }: Place, number?: unknown): string {
  const where = struct === undefined ? "Go value" : `Go struct field ${[struct, ...fields].join(".")}`;
  return `json: cannot unmarshal ${jsonType(value, number)} into ${where} of type ${goType(schema)}`;
}

/** As Go calls the type of what a schema describes: `int32`, `[]v1.Container`, `map[string]string`. */
export function goType(schema: Schema): string {
  const { type, format, definition, items, additionalProperties } = schema;
  if (format === "quantity") return "resource.Quantity";
  if (format === "int-or-string") return "intstr.IntOrString";
  switch (type) {
    case "array":
      return `[]${items ? goType(items) : "interface {}"}`;
    case "object":
      if (definition) return nameOf(definition).join(".");
      if (additionalProperties?.format === "quantity") return "v1.ResourceList";
      return `map[string]${additionalProperties ? goType(additionalProperties) : "interface {}"}`;
    case "integer":
      return format ?? "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "string":
      return format === "byte" ? "[]uint8" : "string";
    default:
      return "interface {}";
  }
}

/** `["v1", "Container"]` of `io.k8s.api.core.v1.Container`: the last two parts are Go's package and type. */
function nameOf(definition: string): string[] {
  return (publishedName(definition) ?? definition).split(".").slice(-2);
}

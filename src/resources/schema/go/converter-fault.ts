/**
 * What Kubernetes says where a strategic merge patch made something of the wrong type. It turns the merged map into its types
 * without JSON in between, by a converter with words of its own (`runtime/converter.go`): `cannot restore map from string`.
 */
import type { Schema } from "../schema.ts";
import { goType } from "./decoder-fault.ts";
import { base64Fault, hasOwnParser, ownFault } from "./scalar-faults.ts";

/** Undefined where all fits. */
export function converterFault(schema: Schema, value: unknown): string | undefined {
  if (value === null || value === undefined || schema.format === "any") return undefined;
  if (hasOwnParser(schema)) return ownFault(schema, value);
  switch (schema.type) {
    case "object":
      return objectFault(schema, value);
    case "array": {
      if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`;
      return value.map(item => schema.items && converterFault(schema.items, item)).find(Boolean);
    }
    case "string":
      if (schema.format === "byte") return bytesFault(value);
      return typeof value === "string" ? undefined : scalarFault(schema, value);
    case "boolean":
      return typeof value === "boolean" ? undefined : scalarFault(schema, value);
    case "integer":
      return Number.isInteger(value) ? undefined : scalarFault(schema, value);
    case "number":
      return typeof value === "number" ? undefined : scalarFault(schema, value);
    default:
      return undefined;
  }
}

function objectFault({ properties, additionalProperties }: Schema, value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return `cannot restore ${properties ? "struct from:" : "map from"} ${goKind(value)}`;
  for (const [key, inner] of Object.entries(value)) {
    const known = properties && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    const fault = known && converterFault(known, inner);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function bytesFault(value: unknown): string | undefined {
  if (typeof value !== "string") return `cannot restore slice from ${goKind(value)}`;
  const fault = base64Fault(value);
  return fault && `error decoding from json: ${fault}`;
}

/** Go would convert an integer into text, as a character, and a fraction into an integer; the converter refuses both. */
function scalarFault(schema: Schema, value: unknown): string {
  const kind = goKind(value);
  const type = goType(schema);
  const isConvertible =
    (kind === "int64" && type === "string") || (kind === "float64" && schema.type === "integer");
  return isConvertible ? `cannot convert ${kind} to ${type}` : `unrecognized type: ${type}`;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "object") return "map";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value;
}

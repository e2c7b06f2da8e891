/**
 * JSON as values of CEL: whole numbers become BigInt, texts with a format of time become times, fields get the names that
 * expressions know them by. What a schema does not describe is read by what it looks like.
 */
import { isMap } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { fieldNames } from "./escaped-name.ts";
import { library } from "./library.ts";

/** A value as its schema describes it. */
export function celValue(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  switch (schema.type) {
    case "integer":
      return typeof value === "number" ? whole(value) : plainCelValue(value);
    case "number":
    case "boolean":
      return value;
    case "string":
      return typeof value === "string" ? textValue(schema.format, value) : plainCelValue(value);
    case "array":
      return Array.isArray(value)
        ? value.map(item => celValue(schema.items ?? {}, item))
        : plainCelValue(value);
    case "object":
      return isMap(value) ? objectValue(schema, value) : plainCelValue(value);
    default:
      return plainCelValue(value);
  }
}

/** A value without a schema. */
export function plainCelValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(plainCelValue);
  if (isMap(value)) return mapOf(Object.entries(value).map(([key, inner]) => [key, plainCelValue(inner)]));
  return value;
}

function objectValue(
  { properties, additionalProperties, preserveUnknownFields }: Schema,
  value: Readonly<Record<string, unknown>>,
): unknown {
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (properties === undefined || Object.keys(properties).length === 0) {
    if (!additionalProperties) return preserveUnknownFields ? plainCelValue(value) : mapOf([]);
    return mapOf(entries.map(([key, inner]) => [key, celValue(additionalProperties, inner)]));
  }
  return mapOf(
    entries.flatMap(([key, inner]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
      // Null is as good as absent for a rule.
      if (!schema || inner === null) return [];
      const read = celValue(schema, inner);
      return fieldNames(key).map(name => [name, read] as const);
    }),
  );
}

function textValue(format: string | undefined, text: string): unknown {
  switch (format) {
    case "date-time":
    case "date":
    case "datetime": {
      const time = new Date(text);
      return Number.isNaN(time.getTime()) ? text : time;
    }
    case "duration":
      return durationOf(text);
    case "byte":
      return new Uint8Array(Buffer.from(text, "base64"));
    default:
      return text;
  }
}

function durationOf(text: string): unknown {
  try {
    return library().evaluate(`duration(${JSON.stringify(text)})`);
  } catch {
    // It is of another form than CEL reads; the format is checked elsewhere.
    return text;
  }
}

function whole(value: number): bigint | number {
  return Number.isInteger(value) ? BigInt(value) : value;
}

function mapOf(entries: readonly (readonly [string, unknown])[]): Map<string, unknown> {
  return new Map(entries);
}

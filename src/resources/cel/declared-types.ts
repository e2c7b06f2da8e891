/**
 * The types of a schema, declared to the interpreter for checking an expression before it is run: an unknown field, a number
 * compared with a text. Each object of the schema becomes a type with its fields.
 */
import { isSame } from "../sameness.ts";
import type { Schema } from "../schema/index.ts";
import { fieldNames } from "./escaped-name.ts";
import type { Environment } from "./library.ts";

/**
 * The name of the schema's type in the environment, in which it and all that it consists of is declared.
 * @param around the schemas that it is a part of: of one that contains itself anything may be said further inside
 */
export function declaredType(
  environment: Environment,
  schema: Schema,
  name: string,
  around: ReadonlySet<Schema> = new Set(),
): string {
  if (schema.nullable || around.has(schema)) return "dyn";
  const inside = new Set(around).add(schema);
  switch (schema.type) {
    case "integer":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return textType(schema.format);
    case "array":
      return schema.items
        ? `list<${declaredType(environment, schema.items, `${name}_item`, inside)}>`
        : "list";
    case "object":
      return objectType(environment, schema, name, inside);
    default:
      return "dyn";
  }
}

function objectType(
  environment: Environment,
  schema: Schema,
  name: string,
  inside: ReadonlySet<Schema>,
): string {
  const { properties = {}, additionalProperties, preserveUnknownFields } = schema;
  const names = Object.keys(properties);
  if (names.length === 0) {
    if (additionalProperties)
      return `map<string, ${declaredType(environment, additionalProperties, `${name}_value`, inside)}>`;
    if (preserveUnknownFields) return "dyn";
  }
  const fields: Record<string, string> = {};
  for (const field of names) {
    const inner = properties[field];
    const [escaped, ...others] = fieldNames(field);
    if (!escaped || !inner) continue;
    const type = declaredType(environment, inner, `${name}_${escaped}`, inside);
    for (const each of [escaped, ...others]) fields[each] = type;
  }
  // A type without a field would be one with any.
  if (Object.keys(fields).length === 0) return "dyn";
  environment.registerType(name, { fields });
  // For checking alone: what is compared when it runs are maps. A field that is null is as good as absent.
  environment.registerOperator(`${name} == ${name}`, isSame);
  environment.registerOperator(`${name} == null`, () => false);
  return name;
}

function textType(format: string | undefined): string {
  switch (format) {
    case "date-time":
    case "datetime":
    case "date":
      return "google.protobuf.Timestamp";
    case "duration":
      return "google.protobuf.Duration";
    case "byte":
      return "bytes";
    default:
      return "string";
  }
}

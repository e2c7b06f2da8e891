/**
 * How large the values of a schema can be: of each part the most elements that one may have (characters, items, entries), and the
 * fewest bytes that it takes in a request. Kubernetes estimates the cost of expressions by these (`apiserver/pkg/cel/common/schemas.go`).
 */
import type { Schema } from "../schema/index.ts";
import { fieldNames } from "./escaped-name.ts";

export interface SizedType {
  readonly kind: "list" | "map" | "object" | "string" | "bytes" | "scalar" | "dyn";
  /** The most elements. 0 for what has no size of its own. */
  readonly most: number;
  /** The fewest bytes, in JSON. */
  readonly fewestBytes: number;
  /** The type of items, or of the values of a map. */
  readonly element?: SizedType;
  /** By their names in expressions. */
  readonly fields?: ReadonlyMap<string, SizedType>;
}

/** The largest request that is read, in bytes. */
const largestRequest = 3 * 1_024 * 1_024;

/** How often values of so many bytes can stand in one request. */
export function mostOccurrences(fewestBytes: number): number {
  return Math.floor(largestRequest / (fewestBytes + 1));
}

/** The keys of maps. */
export const keyType: SizedType = { kind: "string", most: 0, fewestBytes: 2 };

const scalar = (fewestBytes: number): SizedType => ({ kind: "scalar", most: 0, fewestBytes });

const known = new WeakMap<Schema, SizedType | undefined>();

/** Undefined for what expressions do not see. */
export function sizedType(schema: Schema): SizedType | undefined {
  if (!known.has(schema)) known.set(schema, typeOf(schema));
  return known.get(schema);
}

function typeOf(schema: Schema): SizedType | undefined {
  if (schema.format === "int-or-string") return { kind: "dyn", most: longestText(schema), fewestBytes: 1 };
  switch (schema.type) {
    case "array":
      return listType(schema);
    case "object":
      return schema.additionalProperties ? mapType(schema, schema.additionalProperties) : objectType(schema);
    case "string":
      return textType(schema);
    case "boolean":
      return scalar(4);
    case "integer":
    case "number":
      return scalar(1);
    default:
      return undefined;
  }
}

function listType({ items, maxItems }: Schema): SizedType | undefined {
  const element = items && sizedType(items);
  if (!element) return undefined;
  // Without the brackets; a comma stands after each.
  const fitting = Math.floor((largestRequest - 2) / (element.fewestBytes + 1));
  return { kind: "list", most: maxItems ?? fitting, fewestBytes: 2, element };
}

function mapType({ maxProperties }: Schema, values: Schema): SizedType | undefined {
  const element = sizedType(values);
  if (!element) return undefined;
  // Without the braces; a key of two characters in quotation marks, a colon and a comma belong to each.
  const fitting = Math.floor((largestRequest - 2) / (element.fewestBytes + 6));
  return { kind: "map", most: maxProperties ?? fitting, fewestBytes: 2, element };
}

function objectType({ properties = {}, required = [] }: Schema): SizedType {
  const fields = new Map<string, SizedType>();
  let fewestBytes = 2;
  for (const [name, field] of Object.entries(properties)) {
    const type = sizedType(field);
    if (!type) continue;
    for (const each of fieldNames(name)) fields.set(each, type);
    if (required.includes(name) && field.default === undefined)
      fewestBytes += name.length + type.fewestBytes + 4;
  }
  return { kind: "object", most: 0, fewestBytes, fields };
}

function textType(schema: Schema): SizedType {
  switch (schema.format) {
    case "byte":
      return { kind: "bytes", most: schema.maxLength ?? largestRequest - 2, fewestBytes: 2 };
    case "duration":
      return { kind: "scalar", most: 32, fewestBytes: 3 };
    case "date":
      return { kind: "scalar", most: 12, fewestBytes: 12 };
    case "date-time":
      return { kind: "scalar", most: 32, fewestBytes: 21 };
    default:
      return { kind: "string", most: longestText(schema), fewestBytes: 2 };
  }
}

/** In bytes, of which a character takes up to four. */
function longestText({ maxLength, enum: values = [] }: Schema): number {
  if (maxLength !== undefined) return maxLength * 4;
  if (values.length > 0) return Math.max(...values.map(value => Buffer.byteLength(value)));
  return largestRequest - 2;
}

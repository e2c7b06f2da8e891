/**
 * The schema of a definition: the types of its fields as client-node has them, what Go's tags say of them (how a patch merges them,
 * what is printed of an empty one), and over both what facts/ says.
 */
import type { Schema } from "../src/resources/schema/schema.ts";
import { type FieldFacts, facts } from "./facts/index.ts";
import type { Attribute } from "./kubernetes-models/definitions.ts";
import { isModel, isTime, listOf, mapOf } from "./kubernetes-models/model-types.ts";

/** With `ref` for what another definition describes. */
export type GeneratedSchema = Schema & { readonly ref?: string };

/**
 * Throws where the facts name a field that there is not.
 * @param nameOf says what a model is called here
 */
export function schemaOf(
  name: string,
  attributes: readonly Attribute[],
  nameOf: (model: string) => string,
): GeneratedSchema {
  const fields = facts[name] ?? {};
  const properties: Record<string, GeneratedSchema> = {};
  for (const attribute of attributes) {
    const schema = fieldSchema(attribute, factsOf(attribute, fields[attribute.name]), nameOf);
    const zero = schema.default === undefined ? zeroOf(name, attribute) : undefined;
    properties[attribute.name] = zero === undefined ? schema : { ...schema, zero };
  }
  for (const field of Object.keys(fields)) {
    if (field !== "$" && !(field in properties)) throw new Error(`facts: ${name} has no field ${field}`);
  }
  const required = attributes.filter(attribute => attribute.required).map(attribute => attribute.name);
  const { required: _, ...whole } = fields.$ ?? {};
  return { type: "object", properties, ...(required.length > 0 && { required }), ...whole };
}

function fieldSchema(
  { type, format }: Pick<Attribute, "type" | "format">,
  more: FieldFacts,
  nameOf: (model: string) => string,
): GeneratedSchema {
  const item = listOf(type);
  const value = mapOf(type);
  if (item !== undefined) {
    const { enum: values, quantity, format: itemFormat, ...rest } = more;
    const items = fieldSchema(
      { type: item, format: itemFormat ?? format },
      { enum: values, quantity },
      nameOf,
    );
    return { type: "array", items, ...rest };
  }
  if (value !== undefined) {
    const { quantity, ...rest } = more;
    return {
      type: "object",
      additionalProperties: fieldSchema({ type: value, format }, { quantity }, nameOf),
      ...rest,
    };
  }
  const { quantity, ...rest } = more;
  const own = isModel(type) ? { ref: nameOf(type) } : scalarSchema(type, format, quantity === true);
  return { ...own, ...rest };
}

function scalarSchema(type: string, format: string, quantity: boolean): GeneratedSchema {
  if (quantity) return { format: "quantity" };
  if (type === "Date") return { type: "string", format: "date-time" };
  if (type === "V1MicroTime") return { type: "string", format: "micro-time" };
  if (type === "IntOrString") return { format: "int-or-string" };
  if (type === "any" || type === "object") return { format: "any" };
  if (type === "number") {
    if (format === "double") return { type: "number", format };
    return { type: "integer", format: format === "int64" ? "int64" : "int32" };
  }
  if (type === "boolean") return { type };
  if (type === "string") return format === "byte" ? { type, format } : { type };
  throw new Error(`what is ${type}?`);
}

/** What Go says of a field, under what the facts say. */
function factsOf({ go, required, name }: Attribute, own: FieldFacts = {}): FieldFacts {
  if (!go) return own;
  const strategies = go.patchStrategy?.split(",") ?? [];
  const isPlain = !go.isPointer && /^(string|bool|u?int|float)/.test(go.kind);
  // What says which kind an object is stands around it in protobuf, and is never empty.
  const isOfKind = ["apiVersion", "kind"].includes(name) && go.protobuf === undefined;
  const isLost = !required && !go.isAlwaysPrinted && !isOfKind;
  return {
    ...(go.type.endsWith("/resource.Quantity") && { quantity: true }),
    ...(strategies.includes("merge") && { patchStrategy: "merge" }),
    ...(strategies.includes("replace") && { patchStrategy: "replace" }),
    ...(go.patchMergeKey && strategies.includes("merge") && { patchMergeKey: go.patchMergeKey }),
    ...(strategies.includes("retainKeys") && { retainKeys: true }),
    // Of a plain field Go cannot tell an empty value from none, and does not print it.
    ...(isPlain && (own.default !== undefined || isLost) && { emptyIsUnset: true }),
    ...own,
  };
}

/**
 * What Go prints where the field is missing; undefined where it prints nothing, or the field cannot be missing: it is required
 * (but of what Kubernetes fills in itself, a status, nothing is checked), or every object has it.
 */
function zeroOf(definition: string, { name, type, required, go }: Attribute): unknown {
  const isThere = required && !definition.endsWith("Status");
  if (!go?.isAlwaysPrinted || isThere || everywhere.includes(name)) return undefined;
  if (go.isPointer || go.kind === "slice" || go.kind === "map" || isTime(type)) return null;
  if (go.kind === "struct") return isModel(type) ? {} : undefined;
  return go.kind === "string" ? "" : go.kind === "bool" ? false : 0;
}
const everywhere = ["apiVersion", "kind", "metadata", "spec", "status"];

/**
 * The schema that a CustomResourceDefinition brings along (`openAPIV3Schema`), as the schema that all of k4s reads: the
 * extensions of Kubernetes get plain names.
 */
import { isMap } from "../json.ts";
import type { Schema } from "./schema.ts";

/** Facts that have the same name and form on both sides. */
const plainFacts = [
  "required",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "default",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "nullable",
] as const;

const types: readonly unknown[] = ["object", "array", "string", "integer", "number", "boolean"];
/** Words that mean something else here than in a document of OpenAPI. */
const ownFormats: readonly unknown[] = ["any", "quantity", "int-or-string", "micro-time"];

export function structuralSchema(openapi: unknown): Schema {
  const given = isMap(openapi) ? openapi : {};
  const facts: Record<string, unknown> = {};
  for (const name of plainFacts) if (given[name] !== undefined) facts[name] = given[name];
  const { type, format } = given;
  if (types.includes(type)) facts.type = type;
  if (typeof format === "string" && !ownFormats.includes(format)) facts.format = format;
  if (given["x-kubernetes-int-or-string"] === true) {
    delete facts.type;
    facts.format = "int-or-string";
  }
  if (Array.isArray(given.enum)) {
    const isText = given.enum.every(value => typeof value === "string");
    facts[isText ? "enum" : "values"] = given.enum;
  }
  if (isMap(given.properties)) facts.properties = mapped(given.properties);
  if (isMap(given.additionalProperties))
    facts.additionalProperties = structuralSchema(given.additionalProperties);
  else if (given.additionalProperties === true) facts.preserveUnknownFields = true;
  if (isMap(given.items)) facts.items = structuralSchema(given.items);
  for (const name of ["oneOf", "anyOf", "allOf"]) {
    const alternatives = given[name];
    if (Array.isArray(alternatives)) facts[name] = alternatives.map(structuralSchema);
  }
  if (isMap(given.not)) facts.not = structuralSchema(given.not);
  if (given["x-kubernetes-preserve-unknown-fields"] === true) facts.preserveUnknownFields = true;
  if (given["x-kubernetes-embedded-resource"] === true) facts.embeddedResource = true;
  const rules = given["x-kubernetes-validations"];
  if (Array.isArray(rules)) facts.rules = rules;
  const listType = given["x-kubernetes-list-type"];
  if (listType === "map" || listType === "set" || listType === "atomic") facts.listType = listType;
  const keys = given["x-kubernetes-list-map-keys"];
  if (Array.isArray(keys)) facts.listMapKeys = keys;
  if (given["x-kubernetes-map-type"] === "atomic") facts.atomic = true;
  return Object.freeze(facts);
}

/** Without a prototype: looking up `constructor` in the fields of a schema finds nothing. */
function mapped(properties: object): Readonly<Record<string, Schema>> {
  const fields: Record<string, Schema> = Object.create(null);
  for (const [name, schema] of Object.entries(properties)) fields[name] = structuralSchema(schema);
  return fields;
}

/**
 * How a value is divided among managers, read from its schema: an object field by field, a list by its elements, or either as a
 * whole. Where the schema says nothing of a value (any JSON, fields that are kept though unknown) it is deduced: maps key by
 * key, lists whole. These are the rules of structured-merge-diff, with which Kubernetes reads its OpenAPI document.
 */
import { isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { keyElement, valueElement } from "./path-element.ts";

export type Shape = "map" | "list" | "scalar";

const deduced: Schema = Object.freeze({ format: "any" });

function isDeduced({ type, format }: Schema): boolean {
  return type === undefined && format !== "quantity" && format !== "int-or-string";
}

/** How the value is walked. Of what is deduced a null may be anything, and is taken for a map. */
export function shapeOf(schema: Schema, value: Json | undefined): Shape {
  if (!isDeduced(schema)) {
    if (schema.type === "object") return "map";
    return schema.type === "array" ? "list" : "scalar";
  }
  if (value === null || value === undefined || isMap(value)) return "map";
  return Array.isArray(value) ? "list" : "scalar";
}

/** Whether the list or map changes its manager as a whole. */
export function isAtomic(schema: Schema, shape: Shape): boolean {
  if (shape === "map") return schema.atomic === true;
  return shape === "list" && keysOf(schema) === undefined;
}

/** The keys by which the elements of a list are told; none for a set; undefined for a list that is taken whole. */
function keysOf({
  listType,
  listMapKeys,
  patchStrategy,
  patchMergeKey,
}: Schema): readonly string[] | undefined {
  if (listType === "map") return listMapKeys ?? [];
  if (listType === "set") return [];
  if (listType === "atomic" || patchStrategy !== "merge") return undefined;
  return patchMergeKey === undefined ? [] : [patchMergeKey];
}

/** The schema of a field; undefined where no such field may be. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  return schema.properties?.[name] ?? restSchema(schema);
}

/** Whether the schema names this field; the keys of a map are not named. */
export function isNamed({ properties }: Schema, name: string): boolean {
  return properties?.[name] !== undefined;
}

function restSchema({ properties, additionalProperties, preserveUnknownFields }: Schema): Schema | undefined {
  if (additionalProperties) return additionalProperties;
  const isFree = preserveUnknownFields || !properties || Object.keys(properties).length === 0;
  return isFree ? deduced : undefined;
}

export function itemSchema({ items }: Schema): Schema {
  return items ?? deduced;
}

/** The step to an element of a list that is a set or told by keys, or what is wrong with it. */
export function elementOf(list: Schema, item: Json): { element: string } | { fault: string } {
  const keys = keysOf(list) ?? [];
  if (keys.length === 0) return setElement(item);
  if (item === null) return { fault: "associative list with keys may not have a null element" };
  if (!isMap(item)) return { fault: "associative list with keys may not have non-map elements" };
  const said = keysIn(item, keys, itemSchema(list));
  if (Object.keys(said).length > 0) return { element: keyElement(said) };
  const names = keys.map(key => JSON.stringify(key)).join(" ");
  const fault = `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
  return { fault };
}

function setElement(item: Json): { element: string } | { fault: string } {
  if (item === null) return { fault: "associative list without keys has an element that's an explicit null" };
  if (isMap(item)) return { fault: "associative list without keys has an element that's a map type" };
  if (Array.isArray(item)) return { fault: "not supported: associative list with lists as elements" };
  return { element: valueElement(item) };
}

/** Whether the two are surely the same element: of the same value, or with the same keys, none of which is left out. */
export function isSameElement(list: Schema, one: Json | undefined, other: Json | undefined): boolean {
  const keys = keysOf(list) ?? [];
  if (keys.length === 0) return one === other;
  if (!isMap(one) || !isMap(other)) return false;
  return keys.every(key => one[key] !== undefined && one[key] === other[key]);
}

/** What an element says of its keys; what it leaves out has its default, or is no key of it. */
function keysIn(item: JsonMap, keys: readonly string[], whole: Schema): Record<string, Json> {
  const { properties, required, definition } = whole;
  const said: Record<string, Json> = {};
  for (const key of keys) {
    const schema = properties?.[key];
    // In the documents of Kubernetes a field that is always there has the empty value of its type as its default.
    const fallback = definition !== undefined && required?.includes(key) ? emptyOf(schema) : undefined;
    const value = valueAt(item, key) ?? (schema?.default as Json | undefined) ?? fallback;
    if (value !== undefined) said[key] = value;
  }
  return said;
}

function emptyOf(schema: Schema | undefined): Json | undefined {
  if (schema?.type === "string") return "";
  return schema?.type === "integer" || schema?.type === "number" ? 0 : undefined;
}

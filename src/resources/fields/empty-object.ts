/**
 * What an object of a kind is before anything was written to it. In Kubernetes that is an empty Go struct: its spec, its
 * template, its counts are there already, empty. Who creates an object therefore owns what is in these, and not these
 * themselves; and not the zero that a count is anyway. An object of a custom kind is nothing before.
 */
import type { KindDefinition, KindVersion } from "../definition/index.ts";
import type { Json, JsonMap } from "../json.ts";
import type { Schema } from "../schema/index.ts";

const known = new WeakMap<Schema, JsonMap>();

export function emptyObject(
  { isCustom }: Pick<KindDefinition, "isCustom">,
  { schema }: KindVersion,
): JsonMap {
  if (isCustom) return nothing;
  let object = known.get(schema);
  if (!object) {
    object = emptyStruct(schema, 0);
    known.set(schema, object);
  }
  return object;
}

const nothing: JsonMap = Object.freeze({});

/**
 * Fields that are structs in themselves, and no pointers to one that may be missing: of the kind itself always, deeper inside
 * where they are never missing (a ReplicationController has a pointer to its template, a ReplicaSet a template).
 */
const ownStructs: ReadonlySet<string> = new Set([
  "metadata",
  "spec",
  "status",
  "template",
  "source",
  "strategy",
  "updateStrategy",
  "jobTemplate",
  "resources",
]);

function emptyStruct({ properties = {}, required = [] }: Schema, depth: number): JsonMap {
  const result: Record<string, Json> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const isRequired = required.includes(name);
    if (isStruct(schema)) {
      const isOwn = isRequired || (ownStructs.has(name) && (depth === 0 || isEmptyMap(schema.default)));
      if (isOwn) result[name] = emptyStruct(schema, depth + 1);
    } else if (isRequired) result[name] = emptyValue(schema);
  }
  return Object.freeze(result);
}

function isStruct({ type, properties }: Schema): boolean {
  return type === "object" && properties !== undefined && Object.keys(properties).length > 0;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The zero of a Go type; lists and maps are nil. */
function emptyValue({ type, format }: Schema): Json {
  if (type === "string") return format === undefined ? "" : null;
  if (type === "boolean") return false;
  return type === "integer" || type === "number" ? 0 : null;
}

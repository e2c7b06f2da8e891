/**
 * Filling in the defaults that the schema knows. What comes back shares everything that did not change with what went in,
 * and is the very same object when nothing changed. Defaults that depend on other fields belong to the kind (`fill`).
 *
 * It goes as far as the value goes, not as far as the schema does: a pod of three fields reads the schemas of these. Ten
 * thousand pods are made from one template, so a frozen object that was found complete is not walked again.
 */
import type { Schema } from "./schema.ts";

/** The value with the defaults of the schema filled in. The value must have been decoded. */
export function withDefaults<T>(schema: Schema, value: T): T {
  return fill(schema, value) as T;
}

const complete = new WeakMap<object, Schema>();

function fill(schema: Schema, value: unknown): unknown {
  if (typeof value !== "object" || value === null || complete.get(value) === schema) return value;
  if (schema.keepsUnset) return value;
  const filled = Array.isArray(value) ? fillList(schema, value) : fillObject(schema, value);
  if (filled === value && Object.isFrozen(value)) complete.set(value, schema);
  return filled;
}

function fillObject(schema: Schema, value: object): object {
  const object = value as Readonly<Record<string, unknown>>;
  let filled: Record<string, unknown> | undefined;
  for (const [name, field] of defaultedFields(schema)) {
    // A field may be called like what every object has: `constructor`.
    if (!isUnset(field, Object.hasOwn(object, name) ? object[name] : undefined)) continue;
    filled ??= { ...object };
    filled[name] = field.default;
  }
  const { properties, additionalProperties } = schema;
  for (const [key, before] of Object.entries(filled ?? object)) {
    if (typeof before !== "object") continue;
    const known = properties && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    const after = fill(known ?? nothing, before);
    if (after === before) continue;
    filled ??= { ...object };
    filled[key] = after;
  }
  return filled ?? object;
}

function fillList({ items = nothing }: Schema, value: readonly unknown[]): readonly unknown[] {
  let filled: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const before = value[i];
    const after = fill(items, before);
    if (after === before) continue;
    filled ??= value.slice();
    filled[i] = after;
  }
  return filled ?? value;
}

/** Of what the schema does not speak of. */
const nothing: Schema = { keepsUnset: true };

function isUnset(schema: Schema, value: unknown): boolean {
  return (
    value === undefined || (schema.emptyIsUnset === true && (value === "" || value === 0 || value === false))
  );
}

/** The fields of a schema that have a default of their own. */
function defaultedFields(schema: Schema): readonly (readonly [string, Schema])[] {
  let fields = defaulted.get(schema);
  if (fields === undefined) {
    fields = Object.entries(schema.properties ?? {}).filter(([, field]) => field.default !== undefined);
    defaulted.set(schema, fields);
  }
  return fields;
}

const defaulted = new WeakMap<Schema, readonly (readonly [string, Schema])[]>();

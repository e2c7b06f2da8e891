/**
 * Filling in the defaults that the schema knows. What comes back shares everything that did not change with what went in,
 * and is the very same object when nothing changed. Defaults that depend on other fields belong to the kind (`fill`).
 *
 * Ten thousand pods are made from one template, and the template has its defaults already. So each schema is asked once
 * where in it defaults can be (most of it has none), and a frozen object that was found complete is not walked again.
 */
import type { Schema } from "./schema.ts";

/** The value with the defaults of the schema filled in. The value must have been decoded. */
export function withDefaults<T>(schema: Schema, value: T): T {
  return fill(schema, value) as T;
}

/** The fields of a schema that have a default, or may have one somewhere inside. */
interface Plan {
  readonly fields: readonly { readonly name: string; readonly schema: Schema }[];
}

const plans = new WeakMap<Schema, Plan>();
const complete = new WeakMap<object, Schema>();

function fill(schema: Schema, value: unknown): unknown {
  if (typeof value !== "object" || value === null || complete.get(value) === schema) return value;
  const filled = Array.isArray(value) ? fillList(schema, value) : fillObject(schema, value);
  if (filled === value && Object.isFrozen(value)) complete.set(value, schema);
  return filled;
}

function fillObject(schema: Schema, value: object): object {
  const object = value as Readonly<Record<string, unknown>>;
  let changed: Record<string, unknown> | undefined;
  for (const field of planOf(schema).fields) {
    const before = object[field.name];
    const after = fill(field.schema, isUnset(field.schema, before) ? field.schema.default : before);
    if (after === before) continue;
    changed ??= { ...object };
    changed[field.name] = after;
  }
  const { additionalProperties } = schema;
  if (!additionalProperties || !mayHaveDefaults(additionalProperties)) return changed ?? object;
  for (const [key, before] of Object.entries(object)) {
    const after = fill(additionalProperties, before);
    if (after === before) continue;
    changed ??= { ...object };
    changed[key] = after;
  }
  return changed ?? object;
}

function fillList({ items }: Schema, value: readonly unknown[]): readonly unknown[] {
  if (!items || !mayHaveDefaults(items)) return value;
  let changed: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const before = value[i];
    const after = fill(items, before);
    if (after === before) continue;
    changed ??= value.slice();
    changed[i] = after;
  }
  return changed ?? value;
}

function isUnset(schema: Schema, value: unknown): boolean {
  if (schema.default === undefined) return false;
  return (
    value === undefined || (schema.emptyIsUnset === true && (value === "" || value === 0 || value === false))
  );
}

function planOf(schema: Schema): Plan {
  let plan = plans.get(schema);
  if (plan) return plan;
  const fields: { name: string; schema: Schema }[] = [];
  // Before its fields are looked at: a schema that contains itself then finds its own, unfinished plan.
  plan = { fields };
  plans.set(schema, plan);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (mayHaveDefaults(field)) fields.push({ name, schema: field });
  }
  return plan;
}

/** Asks the schemas inside. A circle is answered with yes: it is walked then as far as the value goes. */
function mayHaveDefaults(schema: Schema, asked = new Set<Schema>()): boolean {
  if (schema.default !== undefined) return true;
  if (asked.has(schema)) return true;
  const known = answers.get(schema);
  if (known !== undefined) return known;
  const inside = new Set(asked).add(schema);
  const { properties = {}, items, additionalProperties } = schema;
  const parts = [...Object.values(properties), items, additionalProperties];
  const answer = parts.some(part => part !== undefined && mayHaveDefaults(part, inside));
  answers.set(schema, answer);
  return answer;
}

const answers = new WeakMap<Schema, boolean>();

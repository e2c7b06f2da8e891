/**
 * The schemas of Kubernetes' kinds, out of the generated data, each reference replaced by what it refers to. They are frozen
 * and shared: to change one field is to make a new schema around the others. Of their hundreds a program meets a few, so a
 * definition is read when it is asked for, and what its fields refer to when these are asked for.
 */

import { definitionsAsJson } from "../generated/schemas.gen.ts";
import type { Schema } from "./schema.ts";

type StoredSchema = Schema & { readonly ref?: string };
type StoredFields = Readonly<Record<string, StoredSchema>>;
type Fields = Readonly<Record<string, Schema>>;

const definitions = new Map<string, Definition>();

/** The schema that Kubernetes publishes under this name (`Pod`, `PodSpec`, `ObjectMeta`). */
export function definition(name: string): Schema {
  return definitionCalled(name);
}

/** The values that a field of a definition, or each element of its list, may have: rules and facts name them once. */
export function valuesOf(name: string, field: string): readonly string[] {
  const { properties = {} } = definitionCalled(name);
  const schema = Object.hasOwn(properties, field) ? properties[field] : undefined;
  const values = schema?.enum ?? schema?.items?.enum;
  if (!values) throw new Error(`${name}.${field} has no list of values: see scripts/facts/`);
  return values;
}

function definitionCalled(name: string): Definition {
  const known = definitions.get(name);
  if (known) return known;
  const text = Object.hasOwn(definitionsAsJson, name) ? definitionsAsJson[name] : listText(name);
  if (text === undefined)
    throw new Error(`no schema is called ${name}: add its kind to scripts/generate-kinds.ts`);
  const { properties = {}, ...facts } = JSON.parse(text) as Schema & { properties?: StoredFields };
  let fields: Fields | undefined;
  const made = new Definition({ ...facts, definition: name }, () => {
    fields ??= linkedFields(properties);
    return fields;
  });
  definitions.set(name, made);
  return made;
}

/** The lists of kinds are all alike, and so are not in the data. */
function listText(name: string): string | undefined {
  const item = name.endsWith("List") ? name.slice(0, -"List".length) : "";
  if (!Object.hasOwn(definitionsAsJson, item)) return undefined;
  const text = { type: "string" };
  const items = { type: "array", items: { ref: item } };
  const properties = { apiVersion: text, items, kind: text, metadata: { ref: "ListMeta" } };
  return JSON.stringify({ type: "object", properties, required: ["items"] });
}

/** Definitions may refer to each other, and to themselves: none looks into another's fields, or its own, to be made. */
class Definition implements Schema {
  readonly #fields: () => Fields;

  constructor(facts: Schema, fields: () => Fields) {
    Object.assign(this, facts);
    this.#fields = fields;
    Object.freeze(this);
  }

  get properties(): Fields {
    return this.#fields();
  }

  /** The same with facts that belong to one reference (a default, say); the fields are shared. */
  with(facts: Schema): Schema {
    return new Definition({ ...this, ...facts }, this.#fields);
  }
}

function linkedFields(stored: StoredFields): Fields {
  const fields = bare<Schema>();
  for (const [name, schema] of Object.entries(stored)) fields[name] = linked(schema);
  return fields;
}

function linked({ ref, ...own }: StoredSchema): Schema {
  const { items, additionalProperties } = own;
  if (ref !== undefined) {
    const target = definitionCalled(ref);
    return Object.keys(own).length === 0 ? target : target.with(own);
  }
  return Object.freeze({
    ...own,
    ...(items && { items: linked(items) }),
    ...(additionalProperties && { additionalProperties: linked(additionalProperties) }),
  });
}

/** A schema of our own with these properties; those without a `?` at the end are required. */
export function objectSchema(fields: Readonly<Record<string, Schema>>, more: Partial<Schema> = {}): Schema {
  const properties = bare<Schema>();
  const required: string[] = [];
  for (const [name, schema] of Object.entries(fields)) {
    const field = name.replace(/\?$/, "");
    if (field === name) required.push(field);
    properties[field] = schema;
  }
  return Object.freeze({ type: "object", properties, ...(required.length > 0 && { required }), ...more });
}

/** A map without a prototype: looking up `constructor` in the fields of a schema finds nothing. */
function bare<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

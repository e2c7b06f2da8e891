/**
 * The schemas of Kubernetes' kinds, read from the generated data when they are first asked for, each reference replaced by
 * what it refers to. They are frozen and shared: to change one field is to make a new schema around the others.
 */
import type { Schema } from "./schema.ts";
import { schemasAsJson } from "./schemas.gen.ts";

type StoredSchema = Schema & { readonly ref?: string };

let definitions: ReadonlyMap<string, Schema> | undefined;

/** The schema that Kubernetes publishes under this name (`Pod`, `PodSpec`, `ObjectMeta`). */
export function definition(name: string): Schema {
  definitions ??= link(JSON.parse(schemasAsJson) as Record<string, StoredSchema>);
  const schema = definitions.get(name);
  if (!schema) throw new Error(`no schema is called ${name}: add its kind to scripts/generate-kinds.ts`);
  return schema;
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

/**
 * First every definition gets its place, then the fields are filled in: so one may refer to another, or to itself. A
 * reference with facts of its own (a default, say) becomes a copy of what it refers to, which shares the fields.
 */
function link(stored: Readonly<Record<string, StoredSchema>>): ReadonlyMap<string, Schema> {
  const linked = new Map<string, Schema>();
  for (const [name, { properties: _, ...rest }] of Object.entries(stored)) {
    linked.set(name, { ...rest, properties: bare<Schema>(), definition: name });
  }
  const resolve = ({ ref, ...own }: StoredSchema): Schema => {
    const { items, additionalProperties } = own;
    const inside = {
      ...(items && { items: resolve(items) }),
      ...(additionalProperties && { additionalProperties: resolve(additionalProperties) }),
    };
    if (ref === undefined) return Object.freeze({ ...own, ...inside });
    const target = linked.get(ref);
    if (!target) throw new Error(`the schemas refer to ${ref}, which is not among them`);
    return Object.keys(own).length === 0 ? target : Object.freeze({ ...target, ...own });
  };
  for (const [name, { properties = {} }] of Object.entries(stored)) {
    const fields = linked.get(name)?.properties as Record<string, Schema>;
    for (const [field, schema] of Object.entries(properties)) fields[field] = resolve(schema);
  }
  return linked;
}

/** A map without a prototype: looking up `constructor` in the fields of a schema finds nothing. */
function bare<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

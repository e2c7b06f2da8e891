/**
 * What Go prints where there is nothing. A field of a Go struct that is not marked `omitempty` stands in the JSON even if
 * nothing was given: null for a list, "" for a text. Clients see it (`rules: null`), so an object is completed in this way when
 * it becomes text; what is kept has no such fields, and code that reads objects never meets a null.
 */
import { isMap } from "../json.ts";
import type { Schema } from "./schema.ts";

/** The value with what Go would print; the very same value where nothing is missing. */
export function withZeros<T>(schema: Schema, value: T): T {
  return (hasZeros(schema) ? filled(schema, value) : value) as T;
}

function filled(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items && hasZeros(items)
      ? sameOr(
          value,
          value.map(each => filled(items, each)),
        )
      : value;
  }
  if (!isMap(value)) return value;
  const { properties, additionalProperties } = schema;
  if (!properties) {
    if (!additionalProperties || !hasZeros(additionalProperties)) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, filled(additionalProperties, each)]);
    return sameOr(value, Object.fromEntries(entries));
  }
  let changed: Record<string, unknown> | undefined;
  for (const [name, field] of fieldsWithZeros(properties)) {
    const before = value[name] === undefined ? field.zero : value[name];
    const after = filled(field, before);
    if (after === value[name]) continue;
    changed ??= { ...value };
    changed[name] = after;
  }
  return changed ?? value;
}

/** The old one where all of its elements are the same as before. */
function sameOr<T extends object>(before: T, after: T): T {
  const isSame = Object.entries(after).every(
    ([key, each]) => (before as Record<string, unknown>)[key] === each,
  );
  return isSame ? before : after;
}

type Properties = NonNullable<Schema["properties"]>;

/** Those that have a zero themselves, or within. */
function fieldsWithZeros(properties: Properties): readonly (readonly [string, Schema])[] {
  let found = known.get(properties);
  if (found === undefined) {
    found = Object.entries(properties).filter(([, field]) => field.zero !== undefined || hasZeros(field));
    known.set(properties, found);
  }
  return found;
}
const known = new WeakMap<Properties, readonly (readonly [string, Schema])[]>();

/** Whether there is a zero somewhere within. A schema that contains itself has none because of that. */
function hasZeros(schema: Schema): boolean {
  const before = having.get(schema);
  if (before !== undefined) return before;
  having.set(schema, false);
  const { properties = {}, items, additionalProperties } = schema;
  const has =
    Object.values(properties).some(field => field.zero !== undefined || hasZeros(field)) ||
    (items !== undefined && hasZeros(items)) ||
    (additionalProperties !== undefined && hasZeros(additionalProperties));
  having.set(schema, has);
  return has;
}
const having = new WeakMap<Schema, boolean>();

/**
 * Reading what was handed in against a schema: is it made of the right types, and what of it does the schema not
 * know? What comes back is the same value in the one form in which objects are kept: quantities canonical, nulls and
 * empty lists and maps left out. Where nothing had to change it is the very same object.
 *
 * This is the first of three steps (then defaults.ts, then validation.ts). It is what Kubernetes calls decoding: a value of
 * the wrong type cannot even be looked at, and is a BadRequest, not an Invalid.
 *
 * The input is hostile: depth is bounded, only plain objects are read, and no key can reach a prototype.
 */
import { type DecodeFault, isPlainObject, unknownField, wrong, wrongType } from "./decode-faults.ts";
import { readInteger, readQuantity, readText } from "./decode-scalars.ts";
import type { Schema } from "./schema.ts";

/** No object of Kubernetes nests half as deep. */
const maxDepth = 100;

/** The value as it is kept, and everything that is wrong with it. Unknown fields are dropped. */
export function decode(schema: Schema, value: unknown): { value: unknown; faults: readonly DecodeFault[] } {
  const faults: DecodeFault[] = [];
  return { value: read(schema, value, "", faults, 0), faults };
}

/** Whether a value is JSON that is safe to walk: bounded depth, plain objects, no key that reaches a prototype. */
export function jsonFaults(value: unknown): readonly DecodeFault[] {
  const faults: DecodeFault[] = [];
  readJson(value, "", faults, 0);
  return faults;
}

function read(schema: Schema, value: unknown, field: string, faults: DecodeFault[], depth: number): unknown {
  if (value === undefined) return undefined;
  if (schema.format === "any") return readJson(value, field, faults, depth);
  if (value === null) return undefined;
  if (depth > maxDepth) return wrong(faults, field, `is nested deeper than ${maxDepth} levels`);
  switch (schema.type) {
    case "object":
      return readObject(schema, value, field, faults, depth);
    case "array":
      return readList(schema, value, field, faults, depth);
    case "string":
      if (typeof value !== "string") return wrongType(faults, field, value, "text");
      return readText(schema, value, field, faults);
    case "boolean":
      return typeof value === "boolean" ? value : wrongType(faults, field, value, "true or false");
    case "integer":
      return readInteger(schema, value, field, faults);
    case "number":
      return Number.isFinite(value) ? value : wrongType(faults, field, value, "a number");
    default:
      return readUntyped(schema, value, field, faults, depth);
  }
}

function readObject(schema: Schema, value: unknown, field: string, faults: DecodeFault[], depth: number) {
  if (!isPlainObject(value)) return wrongType(faults, field, value, "an object");
  const { properties, required, additionalProperties } = schema;
  const keeps = schema.preserveUnknownFields ?? false;
  const rest = additionalProperties ?? (keeps || !properties ? anything : undefined);
  return mapped(
    value,
    (key, inner) => {
      const known = properties?.[key];
      if (known) {
        const kept = read(known, inner, field ? `${field}.${key}` : key, faults, depth + 1);
        if (known.emptyIsUnset && (kept === "" || kept === 0 || kept === false)) return undefined;
        const isEmptyList = kept === undefined && Array.isArray(inner);
        return isEmptyList && (known.emptyIsKept || required?.includes(key)) ? inner : kept;
      }
      const path = field ? `${field}${properties ? `.${key}` : `[${key}]`}` : key;
      if (key === "__proto__") return wrong(faults, path, "is a name that no field and no key may have");
      if (!rest) return unknownField(faults, path, inner, schema);
      // As in Go a null behind a key of a map of texts is the empty text; a map of anything keeps it.
      if (inner === null && rest.type === "string") return "";
      const kept = read(rest, inner, path, faults, depth + 1);
      // The empty text, list or map behind a key of a map is a value like any other.
      return kept === undefined && inner !== null ? emptied(inner, rest) : kept;
    },
    additionalProperties !== undefined,
  );
}

function readList(schema: Schema, value: unknown, field: string, faults: DecodeFault[], depth: number) {
  if (!Array.isArray(value)) return wrongType(faults, field, value, "a list");
  const { items } = schema;
  if (value.length === 0) return undefined;
  if (!items) return value;
  let changed: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const before: unknown = value[i];
    const path = `${field}[${i}]`;
    let after = read(items, before, path, faults, depth + 1);
    if (before === null || before === undefined)
      wrong(faults, path, "is null: leave the item out, or fill it in");
    // A list keeps its places: what could not be read is the empty value there.
    after ??= emptyOf(items);
    if (after !== before) changed ??= value.slice(0, i);
    changed?.push(after);
  }
  return changed ?? value;
}

function readUntyped(
  schema: Schema,
  value: unknown,
  field: string,
  faults: DecodeFault[],
  depth: number,
): unknown {
  switch (schema.format) {
    case "quantity":
      return readQuantity(value, field, faults);
    case "int-or-string":
      if (typeof value === "string") return value;
      if (typeof value === "number") return readInteger(int32, value, field, faults);
      return wrongType(faults, field, value, "a whole number or text");
    default:
      return readJson(value, field, faults, depth);
  }
}

/** Any JSON: nothing is dropped from it, nulls and empty lists included. */
function readJson(value: unknown, field: string, faults: DecodeFault[], depth: number): unknown {
  if (depth > maxDepth) return wrong(faults, field, `is nested deeper than ${maxDepth} levels`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number")
    return Number.isFinite(value) ? value : wrongType(faults, field, value, "JSON");
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (value[i] === undefined) wrongType(faults, `${field}[${i}]`, undefined, "JSON");
      else readJson(value[i], `${field}[${i}]`, faults, depth + 1);
    }
    return value;
  }
  if (!isPlainObject(value)) return wrongType(faults, field, value, "JSON");
  for (const key of Object.keys(value)) {
    const path = field ? `${field}.${key}` : key;
    if (key === "__proto__") wrong(faults, path, "is a name that no field and no key may have");
    else if (value[key] !== undefined) readJson(value[key], path, faults, depth + 1);
  }
  return value;
}

/** The object with each value as `change` returns it, undefined left out; itself if nothing changed; undefined if empty. */
function mapped(
  value: Readonly<Record<string, unknown>>,
  change: (key: string, inner: unknown) => unknown,
  emptyIsAbsent: boolean,
): unknown {
  const keys = Object.keys(value);
  let changed: Record<string, unknown> | undefined;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const before = value[key];
    const after = change(key, before);
    if ((after !== before || after === undefined) && !changed) {
      changed = {};
      for (const earlier of keys.slice(0, i)) changed[earlier] = value[earlier];
    }
    if (changed && after !== undefined) changed[key] = after;
  }
  const result = changed ?? value;
  return emptyIsAbsent && (keys.length === 0 || (changed && Object.keys(changed).length === 0))
    ? undefined
    : result;
}

/** The value of a schema's type that says nothing. */
function emptyOf({ type }: Schema): unknown {
  switch (type) {
    case "object":
      return {};
    case "array":
      return [];
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return "";
  }
}

/** What an empty list, map or text stays where it cannot be left out; what is of another type than the schema's is nothing. */
function emptied(value: unknown, { type, format }: Schema): unknown {
  const fits = (wanted: Schema["type"]) =>
    type === wanted || (type === undefined && format !== "quantity" && format !== "int-or-string");
  if (Array.isArray(value)) return fits("array") ? [] : undefined;
  return typeof value === "object" && fits("object") ? {} : undefined;
}

const anything: Schema = { format: "any" };
const int32: Schema = { type: "integer", format: "int32" };

/**
 * Reading an object of a custom kind: fields that its schema does not know are dropped and told, nulls that it does not
 * allow are as good as absent, and all else stays as it is, empty lists and maps included. Types are left to
 * structural-validation.ts: Kubernetes calls a wrong type in a custom object invalid, not unreadable. Metadata is that of
 * every kind, here and in embedded objects.
 */
import { isMap } from "../json.ts";
import { decode, jsonFaults } from "./decode.ts";
import type { DecodeFault } from "./decode-faults.ts";
import { definition } from "./definitions.ts";
import type { Schema } from "./schema.ts";

/** The value as it is kept, and what is wrong with it or unknown. */
export function pruned(schema: Schema, value: unknown): { value: unknown; faults: readonly DecodeFault[] } {
  const broken = jsonFaults(withoutUndefined(value));
  if (broken.length > 0) return { value: undefined, faults: broken };
  if (!isMap(value)) {
    const message = "expected an object";
    return { value: undefined, faults: [{ type: "wrong", field: "", message }] };
  }
  const faults: DecodeFault[] = [];
  return { value: prunedObject({ ...schema, embeddedResource: true }, value, "", faults), faults };
}

/** A part of an object as it is kept, whatever was unknown in it. */
export function prunedBy(schema: Schema, value: unknown): unknown {
  return prunedValue(schema, value, "", []);
}

function prunedValue(schema: Schema, value: unknown, field: string, faults: DecodeFault[]): unknown {
  if (isMap(value)) return prunedObject(schema, value, field, faults);
  if (!Array.isArray(value) || !schema.items) return value;
  const { items } = schema;
  return sharing(
    value,
    value.map((item, i) => prunedValue(items, item, `${field}[${i}]`, faults)),
  );
}

function prunedObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  faults: DecodeFault[],
): unknown {
  const { properties = {}, additionalProperties, preserveUnknownFields, embeddedResource } = schema;
  const isOpen = schema.format === "any" || preserveUnknownFields === true;
  const kept: Record<string, unknown> = {};
  let isSame = true;
  for (const [key, inner] of Object.entries(value)) {
    const path = field ? `${field}.${key}` : key;
    const isOwn = embeddedResource === true && (key === "apiVersion" || key === "kind" || key === "metadata");
    const known = Object.hasOwn(properties, key) ? properties[key] : isOwn ? anything : additionalProperties;
    if (
      inner === undefined ||
      (inner === null && known && known.nullable !== true && known.format !== "any")
    ) {
      isSame = false;
      continue;
    }
    if (!known && !isOpen) {
      isSame = false;
      faults.push({
        type: "unknown",
        field: path,
        message: `unknown field "${path}"`,
        known: Object.keys(properties),
      });
      continue;
    }
    const after =
      isOwn && key === "metadata"
        ? metadata(inner, path, faults)
        : prunedValue(known ?? anything, inner, path, faults);
    kept[key] = after;
    isSame &&= after === inner;
  }
  return isSame ? value : kept;
}

function metadata(value: unknown, path: string, faults: DecodeFault[]): unknown {
  const read = decode(definition("ObjectMeta"), value);
  for (const fault of read.faults) {
    const field = fault.field ? `${path}.${fault.field}` : path;
    faults.push({ ...fault, field, message: fault.message.replace(`"${fault.field}"`, `"${field}"`) });
  }
  return read.value ?? {};
}

/** A program's objects may have fields that are undefined: they are not there. */
function withoutUndefined(value: unknown): unknown {
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined))
    : value;
}

function sharing(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, i) => item === before[i]) ? before : after;
}

const anything: Schema = { format: "any" };

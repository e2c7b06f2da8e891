/**
 * What the schema of a custom kind forbids, in the words of Kubernetes' own validator: types, bounds, formats, patterns,
 * combined schemas, lists that are sets or maps. The schemas come from users: patterns run in linear time, and the combined
 * ones are as deep as the schema, not as the value.
 */
import type { Cause } from "../../errors/index.ts";
import { duplicate, invalidValue, required, tooLong, tooMany } from "../faults.ts";
import { isMap } from "../json.ts";
import { isSame } from "../sameness.ts";
import { at, checkFields } from "./check-fields.ts";
import { isInexact } from "./decode-scalars.ts";
import { hasFormat } from "./format.ts";
import { earlierElements, identityText, keysOf } from "./list-elements.ts";
import { matchesPattern } from "./pattern.ts";
import type { Schema } from "./schema.ts";

const maxCauses = 100;

/**
 * Everything in a pruned and completed object that its schema forbids. `old`: what it is to replace; what is the same as there
 * is not held against a schema that may be stricter by now.
 */
export function structuralFaults(schema: Schema, value: unknown, old?: unknown): Cause[] {
  const causes: Cause[] = [];
  // The object's own apiVersion, kind and metadata are checked as those of every kind.
  const { properties = {}, required: mustHave = [], ...rest } = schema;
  const { apiVersion: _1, kind: _2, metadata: _3, ...own } = properties;
  check(
    { ...rest, properties: own, required: mustHave.filter(name => Object.hasOwn(own, name)) },
    value,
    "",
    causes,
    old,
  );
  return causes.slice(0, maxCauses);
}

/** The same for a part of an object, which stands at a path. */
export function structuralFaultsOfValue(schema: Schema, value: unknown, path: string): Cause[] {
  const causes: Cause[] = [];
  check(schema, value, "", causes);
  return causes.map(cause => ({ ...cause, field: cause.field === none ? path : at(path, cause.field) }));
}

function check(schema: Schema, value: unknown, field: string, causes: Cause[], old?: unknown): void {
  if (value === undefined || causes.length >= maxCauses) return;
  if (old !== undefined && isSame(value, old)) return;
  if (value === null && (schema.nullable === true || schema.format === "any")) return;
  if (!hasType(schema, value)) {
    const wanted = schema.format === "int-or-string" ? "integer,string" : (schema.type ?? "any");
    const found = typeOf(value);
    const message = `Invalid value: ${JSON.stringify(found)}: ${inBody(field)} must be of type ${wanted}: ${JSON.stringify(found)}`;
    causes.push({ reason: "FieldValueTypeInvalid", field: field || none, message });
    return;
  }
  checkEnum(schema, value, field, causes);
  if (typeof value === "string") checkText(schema, value, field, causes);
  else if (typeof value === "number") checkNumber(schema, value, field, causes);
  else if (Array.isArray(value)) checkList(schema, value, field, causes, old);
  else if (isMap(value)) checkObject(schema, value, field, causes, old);
  checkCombined(schema, value, field, causes);
}

/** How a path is called that names nothing. */
const none = "<nil>";

function inBody(field: string): string {
  return `${field} in body`;
}

function hasType({ type, format }: Schema, value: unknown): boolean {
  if (format === "int-or-string") return typeof value === "string" || Number.isInteger(value);
  switch (type) {
    case undefined:
      return true;
    case "object":
      return isMap(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function checkEnum(
  { enum: texts, values = texts }: Schema,
  value: unknown,
  field: string,
  causes: Cause[],
): void {
  if (!values || values.some(each => isSame(each, value))) return;
  const supported = values.map(each => JSON.stringify(each)).join(", ");
  causes.push({
    reason: "FieldValueNotSupported",
    field: field || none,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
  });
}

function checkText(schema: Schema, value: string, field: string, causes: Cause[]): void {
  const { minLength, maxLength, pattern, format } = schema;
  const say = (text: string) => causes.push(invalidValue(field || none, value, `${inBody(field)} ${text}`));
  const length = maxLength !== undefined || minLength !== undefined ? [...value].length : 0;
  if (maxLength !== undefined && length > maxLength) causes.push(tooLong(field || none, maxLength));
  if (minLength !== undefined && length < minLength) say(`should be at least ${minLength} chars long`);
  if (pattern !== undefined && !matchesPattern(pattern, value)) say(`should match '${pattern}'`);
  if (format !== undefined && !hasFormat(format, value)) {
    const message = `Invalid value: ${JSON.stringify(value)}: ${inBody(field)} must be of type ${format}: ${JSON.stringify(value)}`;
    causes.push({ reason: "FieldValueTypeInvalid", field: field || none, message });
  }
}

function checkNumber(schema: Schema, value: number, field: string, causes: Cause[]): void {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = schema;
  const say = (text: string) => causes.push(invalidValue(field || none, value, `${inBody(field)} ${text}`));
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    say(exclusiveMaximum ? `should be less than ${maximum}` : `should be less than or equal to ${maximum}`);
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    say(
      exclusiveMinimum
        ? `should be greater than ${minimum}`
        : `should be greater than or equal to ${minimum}`,
    );
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    say(`should be a multiple of ${multipleOf}`);
  const bits = format === "int32" ? 31 : format === "int64" ? 63 : undefined;
  // The largest of 64 bits is read as 2^63, as no double lies between.
  const beyond = format === "int32" ? 2 ** 31 - 1 : 2 ** 63;
  if (bits !== undefined && (value > beyond || value < -(2 ** bits))) say(`must be of type ${format}`);
  // The largest of 64 bits is a usual way to say that there is no limit.
  else if (type === "integer" && !Number.isSafeInteger(value) && value !== 2 ** 63) say(isInexact);
}

function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return Math.abs(times - Math.round(times)) <= Number.EPSILON * Math.abs(times);
}

function checkList(
  schema: Schema,
  value: readonly unknown[],
  field: string,
  causes: Cause[],
  old: unknown,
): void {
  const { items, minItems, maxItems, uniqueItems, listType, listMapKeys = [] } = schema;
  if (maxItems !== undefined && value.length > maxItems)
    causes.push(tooMany(field || none, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems)
    causes.push(
      invalidValue(field || none, value.length, `${inBody(field)} should have at least ${minItems} items`),
    );
  if (items) {
    const earlier = earlierElements(schema, old);
    for (const [i, item] of value.entries()) check(items, item, `${field}[${i}]`, causes, earlier(item));
  }
  if (uniqueItems && duplicates(value).length > 0)
    causes.push(invalidValue(field || none, value, `${inBody(field)} shouldn't contain duplicates`));
  if (listType !== "set" && listType !== "map") return;
  const identities = value.map(item => (listType === "map" ? keysOf(item, listMapKeys) : item));
  for (const i of duplicates(identities)) causes.push(duplicate(`${field}[${i}]`, identities[i]));
}

/** The places of elements that stand earlier in the list as well. */
function duplicates(list: readonly unknown[]): number[] {
  const seen = new Set<string>();
  return [...list.keys()].filter(i => {
    const text = identityText(list[i]);
    return seen.size === seen.add(text).size;
  });
}

function checkObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  causes: Cause[],
  old: unknown,
): void {
  const { additionalProperties: others, minProperties, maxProperties, embeddedResource } = schema;
  const size = Object.keys(value).length;
  if (maxProperties !== undefined && size > maxProperties)
    causes.push(tooMany(field || none, size, maxProperties));
  if (minProperties !== undefined && size < minProperties)
    causes.push(
      invalidValue(field || none, size, `${inBody(field)} should have at least ${minProperties} properties`),
    );
  if (embeddedResource)
    for (const name of ["apiVersion", "kind"])
      if (!value[name]) causes.push(required(at(field, name), "must not be empty"));
  checkFields(schema, value, field, causes, check, others && { schema: others, at }, old);
}

function checkCombined(
  { oneOf, anyOf, allOf, not }: Schema,
  value: unknown,
  field: string,
  causes: Cause[],
): void {
  const fits = (schema: Schema) => {
    const found: Cause[] = [];
    check(schema, value, field, found);
    return found.length === 0;
  };
  const say = (text: string) => causes.push(invalidValue(none, "", `${JSON.stringify(field)} ${text}`));
  if (anyOf && !anyOf.some(fits)) say("must validate at least one schema (anyOf)");
  if (oneOf) {
    const count = oneOf.filter(fits).length;
    const found = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
    if (count !== 1) say(`must validate one and only one schema (oneOf). ${found}`);
  }
  if (allOf) {
    const before = causes.length;
    // Each is checked once: twice at every level would double with the depth of the schema.
    for (const schema of allOf) check(schema, value, field, causes);
    if (causes.length > before) say("must validate all the schemas (allOf)");
  }
  if (not && fits(not)) say("must not validate the schema (not)");
}

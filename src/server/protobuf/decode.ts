/**
 * Objects out of Kubernetes' protobuf. Its clients in Go send every built-in kind so. What a field is called and what it is
 * made of stands in the schema of its kind; its number, in the generated table beside it. What comes out is the object as it
 * would stand in JSON.
 */
import { type Schema, type WireFields, wireFields } from "../../resources/index.ts";
import { boundedValue } from "../bounded-value.ts";
import { bytesOf, fieldsOf, integerOf, malformed, packedNumbers, textOf, type WireField } from "./wire.ts";

/** Every body begins with it: `k8s` and a zero. */
const magic = Buffer.from("k8s\0");
/** No object of Kubernetes nests half as deep. */
const maxDepth = 100;

/** The envelope that every body comes in. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** Throws BadRequest for bytes that are not in an envelope. */
export function envelopeOf(bytes: Uint8Array): Envelope {
  if (!magic.equals(bytes.subarray(0, magic.length)))
    throw malformed("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  let [apiVersion, kind, raw] = ["", "", new Uint8Array()];
  for (const field of fieldsOf(bytes.subarray(magic.length))) {
    if (field.number === 1) {
      for (const type of fieldsOf(bytesOf(field))) {
        if (type.number === 1) apiVersion = textOf(type);
        if (type.number === 2) kind = textOf(type);
      }
    }
    if (field.number === 2) raw = bytesOf(field) as typeof raw;
  }
  return { apiVersion, kind, raw };
}

type Value = unknown;

/** A message as an object. Throws BadRequest for what does not fit its schema. */
export function decodeMessage(schema: Schema, bytes: Uint8Array, depth = 0): Record<string, Value> {
  if (depth > maxDepth) throw malformed("proto: exceeded max recursion depth");
  const object: Record<string, Value> = {};
  readInto(object, schema, wireFields(schema), bytes, depth);
  return object;
}

function readInto(
  object: Record<string, Value>,
  schema: Schema,
  numbers: WireFields,
  bytes: Uint8Array,
  depth: number,
): void {
  for (const field of fieldsOf(bytes)) {
    const known = numbers.get(field.number);
    // What a newer client knows and we do not is left out, as protobuf wants it.
    if (known === undefined) continue;
    if (typeof known !== "string") {
      readInto(object, schema, known, bytesOf(field), depth);
      continue;
    }
    const property = schema.properties?.[known];
    if (!property) continue;
    const value = fieldValue(property, field, object[known], depth);
    if (isSaid(property, value)) object[known] = value;
  }
}

/** Go writes every field that is no pointer, and its JSON leaves out those of them that are zero, by which nothing was said. */
function isSaid({ emptyIsUnset }: Schema, value: Value): boolean {
  return !emptyIsUnset || (value !== "" && value !== 0 && value !== false);
}

/** The value of a field that came; `before` what came of it so far: lists and maps come element by element. */
function fieldValue(schema: Schema, field: WireField, before: Value, depth: number): Value {
  if (schema.type === "array" && schema.items) {
    const list = (before as Value[] | undefined) ?? [];
    if (field.type === 2 && isNumeric(schema.items))
      for (const value of packed(schema.items, field)) list.push(value);
    else list.push(fieldValue(schema.items, field, undefined, depth));
    return list;
  }
  if (schema.additionalProperties) {
    const map = (before as Record<string, Value> | undefined) ?? {};
    readEntry(map, schema.additionalProperties, bytesOf(field), depth);
    return map;
  }
  switch (schema.format) {
    case "quantity":
      return inner(field, 1, textOf) ?? "0";
    case "int-or-string":
      return intOrString(bytesOf(field));
    case "date-time":
      return timeOf(bytesOf(field), 0);
    case "micro-time":
      return timeOf(bytesOf(field), 6);
    case "byte":
      return Buffer.from(bytesOf(field)).toString("base64");
    case "any":
      return embeddedJson(field);
  }
  switch (schema.type) {
    case "string":
      return textOf(field);
    case "boolean":
      return integerOf(field) !== 0;
    case "integer":
      return integerOf(field);
    case "number":
      return field.type === 1 ? doubleOf(field) : integerOf(field);
    default:
      return decodeMessage(schema, bytesOf(field), depth + 1);
  }
}

function readEntry(map: Record<string, Value>, schema: Schema, bytes: Uint8Array, depth: number): void {
  let key = "";
  let value: Value;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = textOf(field);
    if (field.number === 2) {
      // A list as the value of a map is a message of its own, whose only field is the list.
      value =
        schema.type === "array"
          ? listIn(schema, bytesOf(field), depth)
          : fieldValue(schema, field, undefined, depth);
    }
  }
  value ??= schema.type === "array" ? [] : zeroOf(schema);
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

function listIn(schema: Schema, bytes: Uint8Array, depth: number): Value {
  let list: Value = [];
  for (const field of fieldsOf(bytes)) list = fieldValue(schema, field, list, depth);
  return list;
}

/** What protobuf leaves out because it says nothing. */
function zeroOf({ type, format }: Schema): Value {
  if (type === "string" || format === "byte") return "";
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return 0;
  return format === "quantity" ? "0" : {};
}

function inner<T>(field: WireField, number: number, read: (field: WireField) => T): T | undefined {
  let found: T | undefined;
  for (const each of fieldsOf(bytesOf(field))) if (each.number === number) found = read(each);
  return found;
}

function intOrString(bytes: Uint8Array): string | number {
  let [isText, number, text] = [false, 0, ""];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) isText = integerOf(field) === 1;
    if (field.number === 2) number = integerOf(field);
    if (field.number === 3) text = textOf(field);
  }
  return isText ? text : number;
}

/** With so many digits of a second. A time that was never set is no time. */
function timeOf(bytes: Uint8Array, digits: number): string | null {
  let [seconds, nanos] = [0, 0];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) seconds = integerOf(field);
    if (field.number === 2) nanos = integerOf(field);
  }
  if (bytes.length === 0) return null;
  const date = new Date(seconds * 1_000);
  if (Number.isNaN(date.getTime())) throw malformed("a time is out of range");
  const whole = date.toISOString().slice(0, 19);
  const fraction = digits > 0 ? `.${String(nanos).padStart(9, "0").slice(0, digits)}` : "";
  return `${whole}${fraction}Z`;
}

/** Any JSON inside is a message whose first field is its text. */
function embeddedJson(field: WireField): Value {
  const text = inner(field, 1, textOf);
  if (text === undefined || text === "") return undefined;
  try {
    return boundedValue(text, JSON.parse) as Value;
  } catch (cause) {
    throw malformed("an embedded object is not JSON", cause);
  }
}

function isNumeric({ type }: Schema): boolean {
  return type === "integer" || type === "number" || type === "boolean";
}

/** Lists of numbers may come in one field. */
function packed(schema: Schema, field: WireField): Value[] {
  const type = schema.type === "number" ? 1 : 0;
  const values = packedNumbers(bytesOf(field), type);
  return [...values].map(value => fieldValue(schema, { number: field.number, type, value }, undefined, 0));
}

function doubleOf({ value }: WireField): number {
  if (typeof value !== "bigint") throw malformed("proto: wrong wireType");
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getFloat64(0);
}

/** What decoding tells (decode.ts): values of the wrong type, fields that the schema does not know. */
import type { Schema } from "./schema.ts";

/** Something that cannot be read, or that the schema does not know. */
export interface DecodeFault {
  /** A wrong type refuses the object; an unknown field only does where reading is strict. */
  readonly type: "wrong" | "unknown";
  readonly field: string;
  readonly message: string;
  /** The fields that would have been known there. */
  readonly known?: readonly string[];
}

/** More are not told of one object. */
const maxFaults = 50;

export function unknownField(
  faults: DecodeFault[],
  field: string,
  value: unknown,
  { properties = {} }: Schema,
): undefined {
  // A field that is undefined, as TypeScript makes them, is not there.
  if (value === undefined || faults.length >= maxFaults) return;
  faults.push({
    type: "unknown",
    field,
    message: `unknown field "${field}"`,
    known: Object.keys(properties),
  });
}

export function wrongType(faults: DecodeFault[], field: string, value: unknown, expected: string): undefined {
  return wrong(faults, field, `expected ${expected}, got ${described(value)}`);
}

export function wrong(faults: DecodeFault[], field: string, message: string): undefined {
  if (faults.length < maxFaults) faults.push({ type: "wrong", field, message });
}

function described(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text ${quoted(value)}`;
  if (typeof value === "object")
    return isPlainObject(value) ? "an object" : `a ${value.constructor?.name ?? "value"}`;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

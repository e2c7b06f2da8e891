/** Decoding a single value (decode.ts): text in the formats that it may have, whole numbers, quantities. */
import { canonicalQuantity, quantityFault } from "../quantity.ts";
import { type DecodeFault, quoted, wrong, wrongType } from "./decode-faults.ts";
import type { Schema } from "./schema.ts";

export function readText(schema: Schema, value: string, field: string, faults: DecodeFault[]): unknown {
  switch (schema.format) {
    case "date-time":
      return isTime(value)
        ? value
        : wrong(faults, field, `${quoted(value)} is not a time such as 2026-01-02T03:04:05Z`);
    case "micro-time":
      if (isTime(value) && /\.\d{6}(Z|[+-])/.test(value)) return value;
      return wrong(
        faults,
        field,
        `${quoted(value)} is not a time with microseconds such as 2026-01-02T03:04:05.000000Z`,
      );
    case "byte":
      return isBase64(value) ? value : wrong(faults, field, `${quoted(value)} is not base64`);
    default:
      return value;
  }
}

/** Said of a whole number behind the number. */
export const isInexact = `cannot be kept exactly, as whole numbers beyond ${Number.MAX_SAFE_INTEGER} cannot`;

export function readInteger(schema: Schema, value: unknown, field: string, faults: DecodeFault[]): unknown {
  if (typeof value !== "number") return wrongType(faults, field, value, "a whole number");
  if (!Number.isInteger(value)) return wrong(faults, field, `expected a whole number, got ${value}`);
  const limit = schema.format === "int32" ? 2 ** 31 : 2 ** 63;
  if (value < -limit || value >= limit)
    return wrong(faults, field, `${value} does not fit into ${schema.format ?? "int64"}`);
  // It may be another one that was written: JSON's numbers are doubles here.
  if (!Number.isSafeInteger(value)) return wrong(faults, field, `${value} ${isInexact}`);
  return value;
}

export function readQuantity(value: unknown, field: string, faults: DecodeFault[]): unknown {
  if (typeof value !== "string" && typeof value !== "number")
    return wrongType(faults, field, value, "a quantity");
  const text = String(value).trim();
  const fault = quantityFault(text);
  return fault === undefined ? canonicalQuantity(text) : wrong(faults, field, `${quoted(text)}: ${fault}`);
}

function isTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

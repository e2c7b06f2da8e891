/** Numbers in the rules of kinds: counts that may not be negative, and counts that may be a share, `25%`. */
import type { Cause } from "../../errors/index.ts";
import { invalidValue } from "../faults.ts";

/** What is wrong with a count that may be left out. */
export function negative(field: string, value = 0): Cause[] {
  return value < 0 ? [invalidValue(field, value, "must be greater than or equal to 0")] : [];
}

/** What is wrong with a count or a share. */
export function countOrShareFaults(field: string, value: number | string = 0): Cause[] {
  if (typeof value === "number") return negative(field, value);
  if (/^[0-9]+%$/.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidValue(field, value, detail)];
}

/** What is wrong with a share of what there is: no more than all of it can be meant. */
export function overAllFaults(field: string, value: number | string = 0): Cause[] {
  const isMore = typeof value === "string" && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100;
  return isMore ? [invalidValue(field, value, "must not be greater than 100%")] : [];
}

/** Whether a count or a share is none at all: 0 or "0%". */
export function isNone(value: number | string = 0): boolean {
  return Number.parseInt(String(value), 10) === 0;
}

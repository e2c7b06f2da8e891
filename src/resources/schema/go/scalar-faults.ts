/** What Go's parsers say of texts and numbers that types of Kubernetes' own read by themselves: times, base64, quantities. */
import { quantityFault } from "../../quantity.ts";
import type { Schema } from "../schema.ts";

/** Whether a value is read by a parser of its own; then `ownFault` says what is wrong with it. */
export function hasOwnParser({ type, format }: Schema): boolean {
  if (format === "quantity" || format === "int-or-string") return type === undefined;
  return format === "date-time" || format === "micro-time";
}

/** Undefined where nothing is wrong. */
export function ownFault({ format }: Schema, value: unknown): string | undefined {
  if (format === "quantity") return quantityFault(typeof value === "object" ? "{}" : String(value).trim());
  if (format === "int-or-string") {
    if (typeof value === "string" || isInt32(value)) return undefined;
    return `json: cannot unmarshal ${jsonType(value, value)} into Go value of type int32`;
  }
  if (typeof value !== "string")
    return `json: cannot unmarshal ${jsonType(value)} into Go value of type string`;
  return timeFault(value, format === "micro-time");
}

function isInt32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
}

/** What JSON calls the value; with the number itself where that is what does not fit. */
export function jsonType(value: unknown, number?: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return number === undefined ? "number" : `number ${value}`;
  return typeof value;
}

const timeParts: readonly (readonly [part: RegExp, name: string])[] = [
  [/^\d{4}/, "2006"],
  [/^-/, "-"],
  [/^\d\d/, "01"],
  [/^-/, "-"],
  [/^\d\d/, "02"],
  [/^T/, "T"],
  [/^\d\d/, "15"],
  [/^:/, ":"],
  [/^\d\d/, "04"],
  [/^:/, ":"],
  [/^\d\d/, "05"],
];
const zone = [/^(Z|[+-]\d\d:\d\d)$/, "Z07:00"] as const;

function timeFault(text: string, isMicro: boolean): string | undefined {
  const layout = `2006-01-02T15:04:05${isMicro ? ".000000" : ""}Z07:00`;
  const parsing = `parsing time ${JSON.stringify(text)}`;
  const fraction = isMicro ? ([/^\.\d{6}(?!\d)/, ".000000"] as const) : ([/^(\.\d+)?/, ""] as const);
  let rest = text;
  for (const [part, name] of [...timeParts, fraction, zone]) {
    const found = part.exec(rest)?.[0];
    if (found === undefined)
      return `${parsing} as "${layout}": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(name)}`;
    rest = rest.slice(found.length);
  }
  return Number.isNaN(Date.parse(text)) ? `${parsing}: ${outOfRange(text)} out of range` : undefined;
}

function outOfRange(text: string): string {
  const [, month, day, hour, minute] = text.split(/\D/).map(Number);
  if (month === undefined || month < 1 || month > 12) return "month";
  if (day === undefined || day < 1 || day > 31) return "day";
  if (hour === undefined || hour > 23) return "hour";
  if (minute === undefined || minute > 59) return "minute";
  return "second";
}

/** Of base64: where the first character stands that does not belong there. Undefined where all is well. */
export function base64Fault(text: string): string | undefined {
  const bytes = text.replaceAll(/[\r\n]/g, "");
  const stray = bytes.search(/[^A-Za-z0-9+/=]/);
  const padding = bytes.indexOf("=");
  const illegal = (at: number) => `illegal base64 data at input byte ${at}`;
  if (padding === -1 || (stray !== -1 && stray < padding)) {
    if (stray !== -1) return illegal(stray);
    return bytes.length % 4 === 0 ? undefined : illegal(bytes.length - (bytes.length % 4));
  }
  const place = padding % 4;
  if (place < 2) return illegal(padding);
  const end = padding + (4 - place);
  if (bytes.slice(padding, end) !== "=".repeat(4 - place))
    return illegal(bytes.length < end ? bytes.length : padding + 1);
  return bytes.length > end ? illegal(end) : undefined;
}

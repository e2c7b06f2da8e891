/** The formats of text in custom schemas, as apiextensions checks them. A format that is not known here is not checked. */
import { isIP, isIPv4, isIPv6 } from "node:net";
import { dnsLabel, dnsSubdomain } from "../names.ts";

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const uuidOf = (version: number, variant: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i");
const uuids = { uuid3: uuidOf(3, "[0-9a-f]"), uuid4: uuidOf(4, "[89ab]"), uuid5: uuidOf(5, "[89ab]") };
const time = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  byte: text => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  cidr: isCIDR,
  date: isDate,
  datetime: isDateTime,
  "date-time": isDateTime,
  duration: isDuration,
  email: text => /^[^\s@<>(),;:\\"[\]]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(text),
  hexcolor: text => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  hostname: text => text.length <= 255 && dnsSubdomain(text.toLowerCase()).length === 0,
  ipv4: isIPv4,
  ipv6: isIPv6,
  isbn: text => isISBN10(text) || isISBN13(text),
  isbn10: isISBN10,
  isbn13: isISBN13,
  "k8s-long-name": text => dnsSubdomain(text).length === 0,
  "k8s-short-name": text => dnsLabel(text).length === 0,
  mac: text => /^([0-9a-fA-F]{2}([:-]))([0-9a-fA-F]{2}\2){4}[0-9a-fA-F]{2}$/.test(text),
  rgbcolor: text =>
    /^rgb\((\s*(25[0-5]|2[0-4]\d|1?\d?\d)\s*,){2}\s*(25[0-5]|2[0-4]\d|1?\d?\d)\s*\)$/.test(text),
  ssn: text => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  uri: isURI,
  uuid: text => uuid.test(text),
  ...Object.fromEntries(
    Object.entries(uuids).map(([name, pattern]) => [name, (text: string) => pattern.test(text)]),
  ),
};

/** Whether a text is of a format. */
export function hasFormat(format: string, text: string): boolean {
  return !Object.hasOwn(formats, format) || (formats[format]?.(text) ?? true);
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

function isDateTime(text: string): boolean {
  const [, date = "", hours, minutes, seconds] = time.exec(text) ?? [];
  return isDate(date) && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60;
}

/** As Go writes durations (`1h30m`, `1.5s`, `-2ms`), or in words (`3 days`). */
function isDuration(text: string): boolean {
  if (/^[+-]?0$/.test(text)) return true;
  if (/^[+-]?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return true;
  return /^\d+\s*(nanoseconds?|nanos?|microseconds?|micros?|milliseconds?|millis?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|d|weeks?|w)$/.test(
    text,
  );
}

function isCIDR(text: string): boolean {
  const [address = "", bits = "", ...more] = text.split("/");
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= { 0: -1, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6];
}

function isURI(text: string): boolean {
  if (/[\s\0]/.test(text)) return false;
  return text.startsWith("/") || URL.canParse(text);
}

function isISBN10(text: string): boolean {
  const digits = text.replace(/[- ]/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce((all, digit, i) => all + (10 - i) * (digit === "X" ? 10 : Number(digit)), 0);
  return sum % 11 === 0;
}

function isISBN13(text: string): boolean {
  const digits = text.replace(/[- ]/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((all, digit, i) => all + (i % 2 ? 3 : 1) * Number(digit), 0) % 10 === 0;
}

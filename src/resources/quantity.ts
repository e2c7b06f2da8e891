/**
 * Quantities: amounts of a resource as Kubernetes writes them, `500m` processors, `1Gi` of memory, `1e3` of anything. An
 * object holds them as text, in one canonical form, so that equal amounts are equal texts. Calculated exactly, in
 * billionths (the smallest step there is), never in floating point.
 */
import { setBounded } from "../outside/index.ts";

export interface Quantity {
  /** The amount times 1,000,000,000. */
  readonly billionths: bigint;
  /** How it was written, and so how it is written again: 1000k, 1024Ki, 1e6. */
  readonly form: "decimal" | "binary" | "exponent";
}

const billion = 1_000_000_000n;
/** What a quantity may hold at most, 2^63 - 1; larger ones count as this, as in Kubernetes. */
const most = (2n ** 63n - 1n) * billion;

const decimalPowers: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffixes = new Map(Object.entries(decimalPowers).map(([suffix, power]) => [power, suffix]));
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?((?:[KMGTPE]i|[numkMGTPE]?)|[eE][+-]?\d{1,9})$/;
/** What is of this form fits the sentence: then it is the suffix that means nothing. */
const ofKnownForm = /^[+-]?(\d+\.?\d*|\.\d+)[eEinumkKMGTP]*[+-]?\d*$/;
const sentence =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** What was read lately; pods mostly say the same few quantities. Emptied when full. */
const known = new Map<string, Quantity | string>();
const maxKnown = 2000;

/** Reads a quantity. Throws a RangeError whose message says what a quantity is. */
export function parseQuantity(text: string): Quantity {
  const quantity = tryParse(text);
  if (typeof quantity === "string") throw new RangeError(quantity);
  return quantity;
}

/** The sentence that says what is wrong with a quantity; undefined where nothing is. */
export function quantityFault(text: string): string | undefined {
  const quantity = tryParse(text);
  return typeof quantity === "string" ? quantity : undefined;
}

/** The one way to write this amount: `1000m` is `1`, `0.5Gi` is `512Mi`. */
export function canonicalQuantity(text: string): string {
  return formatQuantity(parseQuantity(text));
}

/** Writes the amount without a fraction, with the largest suffix that allows that. */
export function formatQuantity({ billionths, form }: Quantity): string {
  if (billionths === 0n) return "0";
  const isWhole = billionths % billion === 0n;
  const amount = billionths / billion;
  // Small amounts and fractions are clearer in decimals: 512 rather than 0.5Ki.
  const isLarge = amount <= -1024n || amount >= 1024n;
  if (form === "binary" && isWhole && isLarge) return formatBinary(amount);
  let mantissa = billionths;
  let power = -9;
  while (mantissa % 1000n === 0n && power < 18) {
    mantissa /= 1000n;
    power += 3;
  }
  if (form === "exponent") return power === 0 ? `${mantissa}` : `${mantissa}e${power}`;
  return `${mantissa}${decimalSuffixes.get(power)}`;
}

/** The most that Kubernetes' Quantity holds, in thousandths. */
const mostMilli = 2n ** 63n - 1n;

/** So many thousandths, rounded to the nearest; what is more than a Quantity holds, infinity too, is the most that it holds. */
export function milliQuantity(milli: number): string {
  const isHeld = Math.abs(milli) < Number(mostMilli);
  const thousandths = isHeld ? BigInt(Math.round(milli)) : milli > 0 ? mostMilli : -mostMilli;
  return formatQuantity({ billionths: thousandths * 1_000_000n, form: "decimal" });
}

/** So many bytes, a fraction of one rounded up, in the largest unit of two's powers that leaves no fraction. */
export function byteQuantity(bytes: number): string {
  return formatQuantity({ billionths: BigInt(Math.ceil(bytes)) * billion, form: "binary" });
}

/** Below, equal or above zero, as for sorting. */
export function compareQuantities(a: string, b: string): number {
  const difference = parseQuantity(a).billionths - parseQuantity(b).billionths;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** The amount as a number: bytes, pods, threads. Exact up to 2^53. */
export function quantityToNumber(text: string): number {
  const { billionths } = parseQuantity(text);
  if (billionths % billion === 0n) return Number(billionths / billion);
  return Number(billionths) / Number(billion);
}

/** The amount in thousandths, rounded up: millicores, which can be added without error. */
export function quantityToMilli(text: string): number {
  const { billionths } = parseQuantity(text);
  const step = 1_000_000n;
  return Number(billionths > 0n ? (billionths + step - 1n) / step : billionths / step);
}

function tryParse(text: string): Quantity | string {
  let quantity = known.get(text);
  if (quantity === undefined) {
    quantity = read(text);
    if (text.length <= 40) setBounded(known, text, quantity, maxKnown);
  }
  return quantity;
}

function read(text: string): Quantity | string {
  if (text.length > 100) return sentence;
  const match = pattern.exec(text);
  if (!match) return ofKnownForm.test(text) ? "unable to parse quantity's suffix" : sentence;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return sentence;
  const form = suffix.endsWith("i") ? "binary" : /^[eE]./.test(suffix) ? "exponent" : "decimal";
  const digits = BigInt(whole + fraction);
  const negative = sign === "-";
  if (digits === 0n) return { billionths: 0n, form };
  let numerator = digits * billion;
  let power = -fraction.length;
  if (form === "binary") numerator *= 1024n ** BigInt(binarySuffixes.indexOf(suffix));
  else power += form === "exponent" ? Number(suffix.slice(1)) : (decimalPowers[suffix] ?? 0);
  return { billionths: withSign(scaled(numerator, power), negative), form };
}

/** `numerator` times 10 to `power`; what is finer than a billionth is rounded up, away from zero. */
function scaled(numerator: bigint, power: number): bigint {
  if (power > 40) return most;
  if (power >= 0) return capped(numerator * 10n ** BigInt(power));
  if (power < -400) return 1n;
  const divisor = 10n ** BigInt(-power);
  return capped((numerator + divisor - 1n) / divisor);
}

function withSign(amount: bigint, negative: boolean): bigint {
  return negative ? -amount : amount;
}

function capped(billionths: bigint): bigint {
  if (billionths > most) return most;
  return billionths < -most ? -most : billionths;
}

function formatBinary(amount: bigint): string {
  let mantissa = amount;
  let step = 0;
  while (mantissa % 1024n === 0n && step < binarySuffixes.length - 1) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${binarySuffixes[step]}`;
}

/**
 * A copy of any value that is small, plain and safe to post: what an error carries in its fields may be anything. What is
 * too long is cut, what is too deep or too much is left out, and what no other thread can have (a function, a symbol, a
 * Proxy whose traps throw) becomes its text. Circles stay circles.
 */
import { types } from "node:util";
import { isError } from "./is-error.ts";

/** What may still be copied, of one error and all that hangs on it. */
export interface Budget {
  /** Values, each element and field counted. */
  values: number;
  /** Characters of text, and bytes of binary data. */
  characters: number;
  /** Errors: causes, and members of an AggregateError. */
  errors: number;
}

const DEEPEST = 8;
const toText = String;

/** Cuts a text to what is left. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, Math.max(0, most))}… (${text.length} characters in all)`;
}

/** Takes a text out of the budget, cut to at most `most` characters. */
export function spend(budget: Budget, text: string, most: number): string {
  const short = cut(text, Math.min(most, budget.characters));
  budget.characters = Math.max(0, budget.characters - short.length);
  return short;
}

/** The value as text. Never throws. */
export function textOf(value: unknown): string {
  try {
    const text = toText(value);
    if (typeof text === "string") return text;
  } catch {
    // Its toString throws, or there is none.
  }
  return "(something that cannot be printed)";
}

/**
 * Copies a value within the budget. `ofError` writes down an error among the fields. Throws only where the value itself
 * does, or where a function of the language has been replaced by one that does.
 */
export function boundedCopy(value: unknown, budget: Budget, ofError: (error: object) => unknown): unknown {
  const copies = new Map<object, unknown>();
  const copy = (value: unknown, depth: number): unknown => {
    if (--budget.values < 0) return "…";
    if (typeof value === "string") return spend(budget, value, budget.characters);
    if (typeof value === "bigint")
      return value < 1n << 64n && value > -(1n << 64n) ? value : spend(budget, textOf(value), 1_000);
    if (typeof value === "function" || typeof value === "symbol") return spend(budget, textOf(value), 1_000);
    if (typeof value !== "object" || value === null) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    if (types.isProxy(value) || depth === DEEPEST) return Array.isArray(value) ? "[Array]" : "[Object]";
    if (isError(value)) return ofError(value);
    const leaf = leafOf(value, budget);
    if (leaf !== undefined) return leaf;
    if (types.isMap(value)) {
      const made = new Map();
      copies.set(value, made);
      for (const [key, item] of value) {
        if (budget.values <= 0) break;
        made.set(copy(key, depth + 1), copy(item, depth + 1));
      }
      return made;
    }
    if (types.isSet(value)) {
      const made = new Set();
      copies.set(value, made);
      for (const item of value) {
        if (budget.values <= 0) break;
        made.add(copy(item, depth + 1));
      }
      return made;
    }
    return Array.isArray(value) ? copyList(value, depth) : copyFields(value, depth);
  };
  const copyList = (value: readonly unknown[], depth: number): unknown[] => {
    const made: unknown[] = [];
    copies.set(value, made);
    for (let i = 0; i < value.length && budget.values > 0; i++) made.push(copy(read(value, i), depth + 1));
    return made;
  };
  const copyFields = (value: object, depth: number): object => {
    const made: Record<string, unknown> = {};
    copies.set(value, made);
    for (const key of Object.keys(value)) {
      if (budget.values <= 0) break;
      const field = read(value, key);
      // A method is none of its data.
      if (typeof field !== "function") define(made, spend(budget, key, 1_000), copy(field, depth + 1));
    }
    return made;
  };
  return copy(value, 0);
}

/** What is copied in one piece: dates, patterns, and short binary data, without what lies beside it in its memory. */
function leafOf(value: object, budget: Budget): unknown {
  if (types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value))
    return structuredClone(value);
  if (!ArrayBuffer.isView(value) && !types.isAnyArrayBuffer(value)) return undefined;
  if (value.byteLength > budget.characters) return `(${value.byteLength} bytes)`;
  budget.characters -= value.byteLength;
  if (!ArrayBuffer.isView(value)) return value.slice(0);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  if (types.isUint8Array(value)) return bytes;
  const type = Object.getPrototypeOf(value).constructor as new (buffer: ArrayBuffer) => unknown;
  return new type(bytes.buffer);
}

function read(value: object, key: string | number): unknown {
  try {
    return (value as Record<string | number, unknown>)[key];
  } catch {
    return "(a getter that throws)";
  }
}

/** As an ordinary field, also one that is called __proto__. */
function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

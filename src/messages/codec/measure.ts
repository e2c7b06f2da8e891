/**
 * How much memory a value takes in the thread that receives it. Only what goes by structured clone is measured, by walking
 * it; the Encoder's own values are small by its rules. The numbers are those of V8 on 64 bits, rounded up: an estimate, which
 * is meant to be of the right size and not to be exact.
 */
import { isPooled } from "./own-bytes.ts";

/** What a value takes. */
export interface Size {
  /** In the V8 heap of the receiver, which has a limit. */
  heap: number;
  /** With the bytes of ArrayBuffers, which lie outside of the heap. */
  total: number;
  /** True where there is a Buffer in it that is a part of a larger piece of memory (own-bytes.ts). */
  hasPooled: boolean;
}

const SLOT = 8;
const NUMBER = 16;
const OBJECT = 56;
const ENTRY = 40;
const SMALL_BIGINT = 1n << 64n;

/** Measures a value; stops when its heap is more than `enough`. Throws what a getter throws. */
export function measure(value: unknown, enough = Number.POSITIVE_INFINITY): Size {
  const size: Size = { heap: 0, total: 0, hasPooled: false };
  if (typeof value !== "object" || value === null) {
    size.heap = ofPrimitive(value);
    size.total = size.heap;
    return size;
  }
  let outside = 0;
  const seen = new Set<object>([value]);
  // A list instead of a recursion: a value may be deeper than the stack.
  const left: object[] = [value];
  const add = (item: unknown) => {
    if (typeof item !== "object" || item === null) size.heap += ofPrimitive(item);
    else if (!seen.has(item)) {
      seen.add(item);
      left.push(item);
    }
  };
  for (let at = left.pop(); at !== undefined && size.heap <= enough; at = left.pop()) {
    if (Array.isArray(at)) {
      size.heap += OBJECT + SLOT * at.length;
      for (let i = 0; i < at.length && size.heap <= enough; i++) add(at[i]);
    } else if (ArrayBuffer.isView(at)) {
      size.heap += 2 * OBJECT;
      const { buffer } = at;
      if (isPooled(at)) {
        size.hasPooled = true;
        outside += at.byteLength;
      } else if (!seen.has(buffer)) {
        seen.add(buffer);
        outside += buffer.byteLength;
      }
    } else if (at instanceof ArrayBuffer) {
      size.heap += OBJECT;
      outside += at.byteLength;
    } else if (at instanceof Map) {
      size.heap += OBJECT;
      for (const [key, item] of at) {
        size.heap += ENTRY;
        add(key);
        add(item);
        if (size.heap > enough) break;
      }
    } else if (at instanceof Set) {
      size.heap += OBJECT;
      for (const item of at) {
        size.heap += ENTRY;
        add(item);
        if (size.heap > enough) break;
      }
    } else {
      addFields(at, size, enough, add);
    }
  }
  size.total = size.heap + outside;
  return size;
}

function addFields(object: object, size: Size, enough: number, add: (item: unknown) => void): void {
  size.heap += OBJECT;
  if (object instanceof Error) {
    add(object.message);
    add(object.stack);
    add(object.cause);
  } else if (object instanceof String) {
    add(object.valueOf());
    return;
  }
  const keys = Object.keys(object);
  // An object with many keys is a dictionary, which holds each key beside its value.
  const each = keys.length > 64 ? 2 * ENTRY : SLOT;
  for (const key of keys) {
    size.heap += each;
    add((object as Record<string, unknown>)[key]);
    if (size.heap > enough) break;
  }
}

/** What it takes besides the slot that it lies in. */
function ofPrimitive(value: unknown): number {
  switch (typeof value) {
    case "string":
      return 2 * SLOT + ofText(value);
    case "number":
      return Number.isInteger(value) && Math.abs(value) < 0x40000000 ? 0 : NUMBER;
    case "bigint":
      return value < SMALL_BIGINT && value > -SMALL_BIGINT ? 3 * SLOT : value.toString(16).length / 2;
    default:
      return 0;
  }
}

/** V8 keeps a text in one byte for each character where all are below 256, else in two. For a short one it matters little. */
function ofText(text: string): number {
  if (text.length < 0x10000) return text.length;
  return /[^\0-\xff]/.test(text) ? text.length * 2 : text.length;
}

/**
 * What a value beside a batch takes: such are long strings, and ArrayBuffers that are handed over. Both ends of a channel count
 * alike.
 */
export function sizeBeside(value: unknown): number {
  if (typeof value === "string") return value.length * 2;
  return value instanceof ArrayBuffer ? value.byteLength : 0;
}

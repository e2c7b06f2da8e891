/**
 * What one thread has posted to another, as bytes, for processes that have no port between them. A batch of text (codec/format.ts) goes as it
 * is, in one byte a unit where that is enough; all else as the bytes of its structured clone.
 */
import { decode, encode } from "./structured-clone.ts";

/** Stands for a value that could not be built again: no batch is null. */
export const UNREADABLE = null;

// The first byte. Those of a structured clone begin with 0xff.
const unreadable = 0;
const narrow = 1;
const wide = 2;

/** Throws what cannot be cloned. */
export function postedBytes(value: unknown): Uint8Array {
  if (value === UNREADABLE) return Uint8Array.of(unreadable);
  if (typeof value !== "string") return encode(value);
  const isNarrow = isLatin1(value);
  const bytes = Buffer.allocUnsafeSlow(1 + value.length * (isNarrow ? 1 : 2));
  bytes[0] = isNarrow ? narrow : wide;
  bytes.write(value, 1, isNarrow ? "latin1" : "utf16le");
  return bytes;
}

/** UNREADABLE where the bytes are none of `postedBytes`. */
export function postedValue(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (buffer[0]) {
    case narrow:
      return buffer.toString("latin1", 1);
    case wide:
      return buffer.toString("utf16le", 1);
    case unreadable:
      return UNREADABLE;
    default:
      return decoded(buffer);
  }
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return UNREADABLE;
  }
}

/**
 * Protobuf's wire format: a message as its fields, each a number and a value without a name yet. Bytes from outside are taken
 * as hostile: every length is checked, and what does not fit ends in a BadRequest.
 */
import { ApiError } from "../../errors/index.ts";

/** A field as it stands on the wire. */
export interface WireField {
  readonly number: number;
  /** A number; of type 2 the bytes, as many as their length says. */
  readonly value: bigint | Uint8Array;
  /** 0 varint, 1 eight bytes, 2 with a length, 5 four bytes. */
  readonly type: number;
}

/** The fields of a message, in their order. Throws BadRequest for what is none. */
export function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw malformed("proto: illegal tag 0");
    if (type === 2) yield { number, type, value: reader.take(Number(reader.varint())) };
    else yield { number, type, value: reader.number(type) };
  }
}

/** The numbers of a list that stands in one field, of the wire type that each would have by itself. Throws BadRequest. */
export function* packedNumbers(bytes: Uint8Array, type: number): Generator<bigint> {
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) yield reader.number(type);
}

/** In bytes: 64 bits, seven in each. */
const longestVarint = 10;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Uint8Array {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw malformed("unexpected EOF");
    this.#at += length;
    return this.#bytes.subarray(at, at + length);
  }

  number(type: number): bigint {
    const at = this.#at;
    switch (type) {
      case 0:
        return this.varint();
      case 1:
        this.take(8);
        return this.#view.getBigUint64(at, true);
      case 5:
        this.take(4);
        return BigInt(this.#view.getUint32(at, true));
      default:
        throw malformed(`proto: illegal wireType ${type}`);
    }
  }

  varint(): bigint {
    let value = 0n;
    for (let i = 0; i < longestVarint; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed("unexpected EOF");
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed("proto: integer overflow");
  }
}

export function malformed(problem: string, cause?: unknown): ApiError {
  return new ApiError("BadRequest", `the object provided is unrecognized: ${problem}`, {}, { cause });
}

/** The bytes of a field that must have some. */
export function bytesOf({ value }: WireField): Uint8Array {
  if (typeof value === "bigint") throw malformed("proto: wrong wireType");
  return value;
}

/** A field's signed number. Throws BadRequest where JSON could not hold it. */
export function integerOf({ value }: WireField): number {
  if (typeof value !== "bigint") throw malformed("proto: wrong wireType");
  return Number(BigInt.asIntN(64, value));
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

export function textOf(field: WireField): string {
  try {
    return decoder.decode(bytesOf(field));
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw malformed("string field contains invalid UTF-8", cause);
  }
}

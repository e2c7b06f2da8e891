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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed("proto: integer overflow");
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw malformed("proto: illegal tag 0");
    const length = type === 2 ? Number(varint()) : (fixedLengths[type] ?? 0);
    if (length > bytes.length - at) throw malformed("unexpected EOF");
    if (type === 0) yield { number, type, value: varint() };
    else if (type === 1) yield { number, type, value: view.getBigUint64(at, true) };
    else if (type === 2) yield { number, type, value: bytes.subarray(at, at + length) };
    else if (type === 5) yield { number, type, value: BigInt(view.getUint32(at, true)) };
    else throw malformed(`proto: illegal wireType ${type}`);
    at += length;
  }
}

const fixedLengths: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export function malformed(problem: string): ApiError {
  return new ApiError("BadRequest", `the object provided is unrecognized: ${problem}`);
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
    throw malformed("string field contains invalid UTF-8");
  }
}

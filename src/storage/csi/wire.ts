/**
 * Messages of CSI as Protocol Buffers write them. What a message has is said by a table: its fields with their numbers and types
 * (messages.ts). A field that is not in the table is passed over, one that is missing has the value that proto3 gives it: none.
 */

export type FieldType =
  | "string"
  /** Also int32 and enums; amounts up to 2^53. */
  | "integer"
  | "bool"
  /** Of texts by texts. */
  | "map"
  | { readonly message: MessageType }
  | { readonly repeated: "string" | { readonly message: MessageType } };
export interface MessageType {
  readonly [name: string]: readonly [number: number, type: FieldType];
}

export type Value =
  | string
  | number
  | boolean
  | Message
  | readonly string[]
  | readonly Message[]
  | Readonly<Record<string, string>>;
export interface Message {
  readonly [name: string]: Value | undefined;
}

const varint = 0;
const fixed64 = 1;
const bytes = 2;
const fixed32 = 5;

/** An entry of a map is a message, too. */
const entry: MessageType = { key: [1, "string"], value: [2, "string"] };

export function encode(type: MessageType, message: Message): Buffer {
  const parts: Buffer[] = [];
  for (const [name, [number, field]] of Object.entries(type)) {
    const value = message[name];
    if (value !== undefined) parts.push(...fieldsOf(number, field, value));
  }
  return Buffer.concat(parts);
}

function fieldsOf(number: number, type: FieldType, value: Value): Buffer[] {
  if (type === "bool") return value === true ? [tag(number, varint), varintOf(1n)] : [];
  if (type === "integer") return value === 0 ? [] : [tag(number, varint), varintOf(BigInt(Number(value)))];
  if (type === "string") return value === "" ? [] : lengthened(number, Buffer.from(String(value)));
  if (type === "map") {
    const texts = Object.entries(value as Readonly<Record<string, string>>);
    return texts.flatMap(([key, text]) => lengthened(number, encode(entry, { key, value: text })));
  }
  if ("message" in type) return lengthened(number, encode(type.message, value as Message));
  const { repeated } = type;
  return (value as readonly (string | Message)[]).flatMap(each =>
    lengthened(
      number,
      repeated === "string" ? Buffer.from(String(each)) : encode(repeated.message, each as Message),
    ),
  );
}

function lengthened(number: number, content: Buffer): Buffer[] {
  return [tag(number, bytes), varintOf(BigInt(content.length)), content];
}

function tag(number: number, wire: number): Buffer {
  return varintOf(BigInt((number << 3) | wire));
}

function varintOf(value: bigint): Buffer {
  const out: number[] = [];
  // Negative numbers take ten bytes, as in two's complement of 64 bits.
  let rest = BigInt.asUintN(64, value);
  do {
    const more = rest > 127n ? 128 : 0;
    out.push(Number(rest & 127n) | more);
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(out);
}

/** No answer of a driver has as many messages in it; reading them takes the time of all. */
const mostParts = 10_000;

/** Throws a RangeError where it is cut off, or no such message, or one of too many parts. */
export function decode(type: MessageType, content: Uint8Array): Message {
  return read(type, content, { left: mostParts });
}

function read(type: MessageType, content: Uint8Array, parts: { left: number }): Message {
  const byNumber = new Map(Object.entries(type).map(([name, [number, field]]) => [number, { name, field }]));
  const found: Record<string, Value> = Object.create(null);
  const lists = new Map<string, (string | Message)[]>();
  const maps = new Map<string, [key: string, value: string][]>();
  const reader = new Reader(content);
  while (!reader.isAtEnd) {
    const key = Number(reader.varint());
    const known = byNumber.get(key >>> 3);
    const value = reader.value(key & 7);
    if (known === undefined || value === undefined) continue;
    const { name, field } = known;
    if (typeof value === "bigint") {
      if (field === "bool") found[name] = value !== 0n;
      if (field === "integer") found[name] = Number(BigInt.asIntN(64, value));
      continue;
    }
    if (--parts.left < 0) throw new RangeError(`the message has more than ${mostParts} parts`);
    if (field === "string") found[name] = textOf(value);
    else if (field === "map") added(maps, name, entryOf(value, parts));
    else if (typeof field === "object" && "message" in field) found[name] = read(field.message, value, parts);
    else if (typeof field === "object") {
      const { repeated } = field;
      added(lists, name, repeated === "string" ? textOf(value) : read(repeated.message, value, parts));
    }
  }
  for (const [name, list] of lists) found[name] = list as readonly string[] | readonly Message[];
  // A key may be called __proto__.
  for (const [name, entries] of maps) found[name] = Object.fromEntries(entries);
  return found;
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString("utf8");
}

function entryOf(content: Uint8Array, parts: { left: number }): [key: string, value: string] {
  const { key = "", value = "" } = read(entry, content, parts);
  return [String(key), String(value)];
}

function added<T>(found: Map<string, T[]>, name: string, value: T): void {
  const before = found.get(name);
  if (before) before.push(value);
  else found.set(name, [value]);
}

class Reader {
  readonly #content: Uint8Array;
  #at = 0;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#content.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#content[this.#at++];
      if (byte === undefined) throw new RangeError("the message is cut off");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError("a number is longer than ten bytes");
  }

  /** Undefined for numbers of a fixed length, which no message here has. */
  value(wire: number): bigint | Uint8Array | undefined {
    if (wire === varint) return this.varint();
    if (wire === bytes) return this.#take(Number(this.varint()));
    if (wire === fixed64 || wire === fixed32) this.#take(wire === fixed64 ? 8 : 4);
    else throw new RangeError(`there is no wire type ${wire}`);
    return undefined;
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#content.length) throw new RangeError("the message is cut off");
    const taken = this.#content.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

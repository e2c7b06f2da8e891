/**
 * How a packet between two processes looks: a head of 17 bytes, then frames (frames.ts), or text for those that introduce a process.
 *
 *     type 1   epoch 4   sequence 6   expected 6
 *
 * The epoch is that of the connection: what is left over from an earlier one is told by it.
 */

export const headBytes = 17;

export const packetTypes = {
  /** To all, or to one: this process is here. */
  HERE: 1,
  /** Begins a connection, of that epoch; OPENED is the answer. */
  OPEN: 2,
  OPENED: 3,
  /** Frames, under a sequence number. */
  DATA: 4,
  /** `sequence`: the last that was sent. */
  BEAT: 5,
  /** What was `expected` has not come. */
  MISSING: 6,
  /** There is no connection of that epoch. */
  RESET: 7,
  /** The process stops. */
  BYE: 8,
  /** A piece of a packet of that number, for a carrier that takes less than when it was packed: where it begins 4, how long all is 4, bytes. */
  PIECE: 9,
} as const;

export type PacketType = (typeof packetTypes)[keyof typeof packetTypes];

export interface Head {
  readonly type: PacketType;
  readonly epoch: number;
  readonly sequence: number;
  /** The sequence number that is expected next of the other's: those before it have come. */
  readonly expected: number;
}

const known: ReadonlySet<number> = new Set(Object.values(packetTypes));

/** Undefined where the bytes are no packet. */
export function headOf(bytes: Uint8Array): Head | undefined {
  if (bytes.length < headBytes || !known.has(bytes[0] ?? 0)) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, headBytes);
  return {
    type: buffer[0] as PacketType,
    epoch: buffer.readUInt32LE(1),
    sequence: buffer.readUIntLE(5, 6),
    expected: buffer.readUIntLE(11, 6),
  };
}

export function writeHead(packet: Buffer, { type, epoch, sequence, expected }: Head): void {
  packet[0] = type;
  packet.writeUInt32LE(epoch, 1);
  packet.writeUIntLE(sequence, 5, 6);
  packet.writeUIntLE(expected, 11, 6);
}

/** A packet that carries no frames. */
export function plainPacket(type: PacketType, head: Partial<Head> = {}, text = ""): Buffer {
  const body = Buffer.from(text);
  const packet = Buffer.allocUnsafe(headBytes + body.length);
  writeHead(packet, { epoch: 0, sequence: 0, expected: 0, ...head, type });
  packet.set(body, headBytes);
  return packet;
}

/** Who a process is, as it says in HERE, OPEN and OPENED. */
export interface ProcessIdentity {
  /** Of this run of the process: another each time it starts. */
  readonly id: string;
  readonly name: string;
  /** Of what two processes say to each other. */
  readonly version: number;
}

/** Undefined where the text says nothing of the kind. */
export function identityIn(packet: Uint8Array): ProcessIdentity | undefined {
  try {
    const { id, name, version } = JSON.parse(Buffer.from(packet.subarray(headBytes)).toString());
    if (typeof id === "string" && typeof name === "string" && typeof version === "number")
      return { id, name, version };
  } catch {
    // It comes from elsewhere: what is no identity is none.
  }
  return undefined;
}

/**
 * What is in a packet: frames, each for one of the numbered ports that two processes have between them. What is too long for a packet goes in
 * parts, and ports take turns, so that a message of many megabytes holds up no other. Port 0 is the one on which the processes
 * themselves talk, and goes before all.
 *
 *     port 4   kind 1   length 4   bytes
 */
import { Fifo } from "../../outside/index.ts";
import { headBytes } from "./packet.ts";

export const frameKinds = {
  /** A value that was posted on the port: all of it, or the rest of it after some parts. */
  VALUE: 1,
  PART: 2,
  /** No more values come. */
  CLOSED: 3,
  /** Asks for a port between a thread there and one here; ACCEPT or REFUSE is the answer, on the same port. */
  ASK: 4,
  ACCEPT: 5,
  REFUSE: 6,
} as const;

export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

const frameHeadBytes = 9;
/** Where less is left in a packet, what is in parts begins in the next. */
const leastPart = 1_024;
/** More that has come in part, in bytes and of all ports, is a mistake, or meant to fill the memory of its reader. */
const mostKept = 1024 * 1024 * 1024;
/** While that much has begun to go in parts, no more begins: whoever puts them together has to keep them all. */
const mostBegun = 256 * 1024 * 1024;

interface Frame {
  readonly kind: FrameKind;
  readonly bytes: Uint8Array;
  /** So much of it has gone. */
  sent: number;
}

interface Piece {
  readonly port: number;
  readonly kind: FrameKind;
  readonly bytes: Uint8Array;
}

/** What waits to go, of all ports. */
export class OutgoingFrames {
  readonly #waiting = new Map<number, Fifo<Frame>>();
  /** The ports that have something to send, in their turn. */
  readonly #turns = new Fifo<number>();
  readonly #own = new Fifo<Frame>();
  /** Ports whose next frame would begin to go in parts, and has to wait. */
  readonly #postponed = new Fifo<number>();
  readonly #mostBegun: number;
  #begun = 0;

  constructor(most = mostBegun) {
    this.#mostBegun = most;
  }

  get isEmpty(): boolean {
    return this.#turns.length === 0 && this.#own.length === 0;
  }

  push(port: number, kind: FrameKind, bytes: Uint8Array = nothing): void {
    const frame = { kind, bytes, sent: 0 };
    if (port === 0) {
      this.#own.push(frame);
      return;
    }
    const known = this.#waiting.get(port);
    const frames = known ?? new Fifo<Frame>();
    if (!known) {
      this.#waiting.set(port, frames);
      this.#turns.push(port);
    }
    frames.push(frame);
  }

  /** The next packet, with room for its head; of so many bytes at most. */
  packet(largest: number): Buffer {
    const pieces: Piece[] = [];
    let size = headBytes;
    for (;;) {
      const piece = this.#next(largest - size - frameHeadBytes, pieces.length === 0);
      if (!piece) break;
      pieces.push(piece);
      size += frameHeadBytes + piece.bytes.length;
    }
    return packed(pieces, size);
  }

  #next(room: number, isFirst: boolean): Piece | undefined {
    if (this.#own.length === 0) this.#postponeWhatIsTooMuch(room);
    const port = this.#own.length > 0 ? 0 : this.#turns.first();
    const frames = port === undefined || port === 0 ? this.#own : this.#waiting.get(port);
    const frame = frames?.first();
    if (port === undefined || !frames || !frame) return undefined;
    const { length } = frame.bytes;
    const left = length - frame.sent;
    if (left > room && room < leastPart && !isFirst) return undefined;
    if (port !== 0 && frame.sent === 0 && left > room) this.#begun += length;
    const bytes = frame.bytes.subarray(frame.sent, frame.sent + room);
    const isRest = port !== 0 && frame.sent > 0;
    frame.sent += bytes.length;
    const isWhole = frame.sent === length;
    if (isWhole) frames.shift();
    if (isWhole && isRest) this.#ended(length);
    if (port !== 0) this.#endTurn(port, frames);
    return { port, kind: isWhole ? frame.kind : frameKinds.PART, bytes };
  }

  #postponeWhatIsTooMuch(room: number): void {
    for (let port = this.#turns.first(); port !== undefined; port = this.#turns.first()) {
      const frame = this.#waiting.get(port)?.first();
      const begins = frame?.sent === 0 && frame.bytes.length > room;
      if (!begins || this.#begun === 0 || this.#begun + frame.bytes.length <= this.#mostBegun) return;
      this.#turns.shift();
      this.#postponed.push(port);
    }
  }

  #ended(length: number): void {
    this.#begun -= length;
    for (let port = this.#postponed.shift(); port !== undefined; port = this.#postponed.shift())
      this.#turns.push(port);
  }

  #endTurn(port: number, frames: Fifo<Frame>): void {
    this.#turns.shift();
    if (frames.length > 0) this.#turns.push(port);
    else this.#waiting.delete(port);
  }
}

const nothing = new Uint8Array();

function packed(pieces: readonly Piece[], size: number): Buffer {
  const packet = Buffer.allocUnsafeSlow(size);
  let at = headBytes;
  for (const { port, kind, bytes } of pieces) {
    packet.writeUInt32LE(port, at);
    packet[at + 4] = kind;
    packet.writeUInt32LE(bytes.length, at + 5);
    packet.set(bytes, at + frameHeadBytes);
    at += frameHeadBytes + bytes.length;
  }
  return packet;
}

/** Puts parts together again. */
export class IncomingFrames {
  readonly #isAwaited: (port: number) => boolean;
  readonly #mostKept: number;
  readonly #parts = new Map<number, { readonly list: Uint8Array[]; length: number }>();
  #kept = 0;

  /** @param isAwaited whether anybody waits for what comes on a port: parts of others are not kept */
  constructor(isAwaited: (port: number) => boolean, most = mostKept) {
    this.#isAwaited = isAwaited;
    this.#mostKept = most;
  }

  /** Calls `take` with each frame that is whole. Throws a RangeError where the bytes are none of ours. */
  read(body: Uint8Array, take: (port: number, kind: FrameKind, bytes: Uint8Array) => void): void {
    const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
    let at = 0;
    while (at < buffer.length) {
      const port = buffer.readUInt32LE(at);
      const kind = buffer.readUInt8(at + 4) as FrameKind;
      const begin = at + frameHeadBytes;
      at = begin + buffer.readUInt32LE(at + 5);
      if (at > buffer.length) throw new RangeError("a frame is longer than its packet");
      const bytes = body.subarray(begin, at);
      if (kind === frameKinds.PART) this.#keep(port, bytes);
      else take(port, kind, this.#whole(port, bytes));
    }
  }

  /** Nobody waits for it any more. */
  forget(port: number): void {
    this.#kept -= this.#parts.get(port)?.length ?? 0;
    this.#parts.delete(port);
  }

  #keep(port: number, bytes: Uint8Array): void {
    if (!this.#isAwaited(port)) return;
    const parts = this.#parts.get(port) ?? { list: [], length: 0 };
    this.#parts.set(port, parts);
    parts.list.push(bytes);
    parts.length += bytes.length;
    this.#kept += bytes.length;
    if (this.#kept > this.#mostKept) throw new RangeError("messages in parts are longer than any may be");
  }

  #whole(port: number, last: Uint8Array): Uint8Array {
    const parts = this.#parts.get(port);
    if (!parts) return last;
    this.forget(port);
    return Buffer.concat([...parts.list, last]);
  }
}

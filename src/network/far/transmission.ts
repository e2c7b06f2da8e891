/**
 * Makes of a carrier that may lose packets one that loses none, as TCP does: every packet has a number and is kept until the other side has
 * said that it has come; what is missing is sent again, and what comes twice is taken once. So a connection outlives the restart of what
 * carries it, also where it takes less at once than before: packets go in pieces then. Only so many bytes are under way at once: a carrier
 * drops a consumer that is too slow for what comes.
 */
import { Fifo } from "../../outside/index.ts";
import {
  type Head,
  headBytes,
  headOf,
  type PacketType,
  packetTypes,
  plainPacket,
  writeHead,
} from "./packet.ts";

/** So many bytes may be under way to one process. A nats-server lets 64 MB wait for a client before it cuts it off. */
const windowBytes = 2 * 1024 * 1024;
/** Of a piece: where it begins in its packet, and how long that is. */
const pieceHeadBytes = headBytes + 8;

export interface TransmissionEvents {
  /** No packet may be longer at this moment, in bytes. */
  largest(): number;
  send(packet: Uint8Array): void;
  /** In order, each once. */
  arrived(body: Uint8Array): void;
}

export class Transmission {
  readonly #epoch: number;
  readonly #events: TransmissionEvents;
  /** What was sent, and of which nobody knows yet that it has come. */
  readonly #kept = new Fifo<{ readonly sequence: number; readonly packet: Buffer }>();
  #keptBytes = 0;
  #lastSent = 0;
  #expected = 1;
  /** So many bytes have come since the other side was told how far. */
  #unreported = 0;
  /** The number that was last told to be missing: once is enough until it has come, or a beat shows that it still has not. */
  #toldMissing = 0;
  /** What was last sent again, in answer to such a word. */
  #sentAgain = 0;
  /** The pieces that have come of a packet, from its beginning on. */
  #gathered = { sequence: 0, length: 0, list: [] as Uint8Array[] };

  constructor(epoch: number, events: TransmissionEvents) {
    this.#epoch = epoch;
    this.#events = events;
  }

  get hasRoom(): boolean {
    return this.#keptBytes < windowBytes;
  }

  /** Sends frames that follow a head's room in the packet. */
  send(packet: Buffer): void {
    this.#lastSent++;
    writeHead(packet, this.#head(packetTypes.DATA));
    this.#unreported = 0;
    this.#kept.push({ sequence: this.#lastSent, packet });
    this.#keptBytes += packet.length;
    this.#pass(packet, this.#lastSent);
  }

  /** Tells how far both sides are, so that whoever misses something knows. */
  beat(): void {
    this.#toldMissing = 0;
    this.#sentAgain = 0;
    this.#report(packetTypes.BEAT);
  }

  /** A packet of this connection has come. */
  heard({ type, sequence, expected }: Head, packet: Uint8Array): void {
    this.#acknowledged(expected);
    if (type === packetTypes.MISSING) this.#sendAgain(expected);
    else if (type === packetTypes.BEAT && sequence >= this.#expected) this.#tellMissing();
    else if (type === packetTypes.DATA) this.#received(sequence, packet);
    else if (type === packetTypes.PIECE) this.#gather(sequence, packet);
  }

  #received(sequence: number, packet: Uint8Array): void {
    if (sequence > this.#expected) {
      this.#tellMissing();
      return;
    }
    this.#unreported += packet.length;
    if (sequence === this.#expected) {
      this.#expected++;
      this.#events.arrived(packet.subarray(headBytes));
    }
    if (this.#unreported >= windowBytes / 4) this.#report(packetTypes.BEAT);
  }

  #acknowledged(expected: number): void {
    for (let first = this.#kept.first(); first && first.sequence < expected; first = this.#kept.first()) {
      this.#kept.shift();
      this.#keptBytes -= first.packet.length;
    }
  }

  #tellMissing(): void {
    if (this.#toldMissing === this.#expected) return;
    this.#toldMissing = this.#expected;
    this.#report(packetTypes.MISSING);
  }

  #sendAgain(from: number): void {
    if (this.#sentAgain >= from) return;
    this.#sentAgain = from;
    for (const { packet, sequence } of this.#kept.all()) this.#pass(packet, sequence);
  }

  #pass(packet: Buffer, sequence: number): void {
    const most = this.#events.largest();
    if (packet.length <= most) {
      this.#events.send(packet);
      return;
    }
    const room = Math.max(1, most - pieceHeadBytes);
    for (let at = 0; at < packet.length; at += room) {
      const bytes = packet.subarray(at, at + room);
      const piece = Buffer.allocUnsafeSlow(pieceHeadBytes + bytes.length);
      writeHead(piece, { ...this.#head(packetTypes.PIECE), sequence });
      piece.writeUInt32LE(at, headBytes);
      piece.writeUInt32LE(packet.length, headBytes + 4);
      piece.set(bytes, pieceHeadBytes);
      this.#events.send(piece);
    }
  }

  /** Pieces of a packet come in order, or one was lost: then it is sent again, from its beginning. */
  #gather(sequence: number, piece: Uint8Array): void {
    const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    const [at, length] = [buffer.readUInt32LE(headBytes), buffer.readUInt32LE(headBytes + 4)];
    if (length > windowBytes) throw new RangeError("a packet is longer than any may be");
    if (at === 0) this.#gathered = { sequence, length: 0, list: [] };
    const { list, length: come, sequence: of } = this.#gathered;
    if (sequence !== of || at !== come) {
      this.#tellMissing();
      return;
    }
    const bytes = buffer.subarray(pieceHeadBytes);
    list.push(bytes);
    this.#gathered.length += bytes.length;
    if (this.#gathered.length < length) return;
    this.#gathered = { sequence: 0, length: 0, list: [] };
    const packet = Buffer.concat(list);
    const head = headOf(packet);
    if (head?.type === packetTypes.DATA) this.heard(head, packet);
  }

  #report(type: PacketType): void {
    this.#unreported = 0;
    this.#events.send(plainPacket(type, this.#head(type)));
  }

  #head(type: PacketType): Head {
    return { type, epoch: this.#epoch, sequence: this.#lastSent, expected: this.#expected };
  }
}

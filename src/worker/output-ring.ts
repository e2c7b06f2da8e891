/**
 * The pipe from a thread to its node: what the thread prints stands in shared memory at once, and stays there whatever
 * becomes of the thread, until the node takes it out. A thread that prints faster than that waits, as a process does that
 * writes to a full pipe. The node is told once, and then takes all there is: so one thread cannot keep it busy.
 *
 *     state   [written, taken, told]   how many bytes, ever (modulo 2^32); whether the node knows that there are some
 *     bytes   a ring of records: stream (1 byte), time (8), length (4), and so many bytes
 */
import type { OutputPiece } from "./protocol.ts";

/** A power of two. */
const capacity = 64 * 1024;
const headLength = 13;
/** What is longer is written as several records, so that the node can take out the first while the next is written. */
const recordLength = capacity / 4;

const WRITTEN = 0;
const TAKEN = 1;
const TOLD = 2;
const stateBytes = 12;

// Kept here, because what runs in the thread may replace them.
const { exchange, load, store, wait } = Atomics;
const { apply } = Reflect;
const { set, subarray } = Uint8Array.prototype;
const partOf = (bytes: Uint8Array, from: number, to?: number): Uint8Array =>
  apply(subarray, bytes, [from, to]);
const put = (target: Uint8Array, bytes: Uint8Array, at: number): void => apply(set, target, [bytes, at]);

export class OutputRing {
  /** To be handed to the other side, which makes a ring of its own on it. */
  readonly memory: SharedArrayBuffer;
  readonly #state: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #head = new DataView(new ArrayBuffer(headLength));

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(stateBytes + capacity)) {
    this.memory = memory;
    this.#state = new Int32Array(memory, 0, stateBytes / 4);
    this.#bytes = new Uint8Array(memory, stateBytes, capacity);
  }

  /** For the thread. Waits for room; `tell` is called where the node has to be told that there is something. */
  write({ stream, at, bytes }: OutputPiece, tell: () => void): void {
    for (let from = 0; from < bytes.length; from += recordLength) {
      const part = partOf(bytes, from, from + recordLength);
      const written = this.#waitForRoom(headLength + part.length);
      this.#head.setUint8(0, stream === "stdout" ? 1 : 2);
      this.#head.setFloat64(1, at);
      this.#head.setUint32(9, part.length);
      this.#put(written, new Uint8Array(this.#head.buffer));
      this.#put(written + headLength, part);
      store(this.#state, WRITTEN, (written + headLength + part.length) | 0);
      if (exchange(this.#state, TOLD, 1) === 0) tell();
    }
  }

  /** For the node: takes out all there is, in order. */
  take(): OutputPiece[] {
    Atomics.store(this.#state, TOLD, 0);
    const pieces: OutputPiece[] = [];
    const written = Atomics.load(this.#state, WRITTEN);
    let taken = Atomics.load(this.#state, TAKEN);
    for (;;) {
      const left = (written - taken) | 0;
      // What the thread runs may have replaced what writing takes: what is no whole record is left out, and all behind it.
      if (left < headLength || left > capacity) break;
      const head = this.#get(taken, headLength);
      const stream = head.readUInt8(0) === 1 ? "stdout" : "stderr";
      const length = head.readUInt32BE(9);
      if (length > left - headLength) break;
      pieces.push({ stream, at: head.readDoubleBE(1), bytes: this.#get(taken + headLength, length) });
      taken = (taken + headLength + length) | 0;
    }
    Atomics.store(this.#state, TAKEN, written);
    Atomics.notify(this.#state, TAKEN);
    return pieces;
  }

  /** Returns where to write. */
  #waitForRoom(length: number): number {
    const written = load(this.#state, WRITTEN);
    for (;;) {
      const taken = load(this.#state, TAKEN);
      if (((written - taken) | 0) + length <= capacity) return written;
      wait(this.#state, TAKEN, taken);
    }
  }

  #put(position: number, bytes: Uint8Array): void {
    const at = position & (capacity - 1);
    const toEnd = capacity - at;
    put(this.#bytes, partOf(bytes, 0, toEnd), at);
    if (bytes.length > toEnd) put(this.#bytes, partOf(bytes, toEnd), 0);
  }

  #get(position: number, length: number): Buffer {
    const at = position & (capacity - 1);
    const bytes = Buffer.allocUnsafeSlow(length);
    bytes.set(this.#bytes.subarray(at, Math.min(at + length, capacity)));
    if (at + length > capacity) bytes.set(this.#bytes.subarray(0, at + length - capacity), capacity - at);
    return bytes;
  }
}

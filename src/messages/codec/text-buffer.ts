/**
 * What an Encoder writes to: 16-bit units in a row, as many as it takes, which become one string when they are
 * posted. The same memory is written to again and again; a string is made of it in one call, at the cost of a copy.
 */

/** A buffer that was never used costs nothing. */
const nothing = new Uint16Array(0);
const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

export abstract class TextBuffer {
  /** How many units are written. */
  length = 0;
  #units = nothing;
  #bytes = Buffer.from(nothing.buffer);

  put(unit: number): void {
    if (this.length === this.#units.length) this.#grow(1);
    this.#units[this.length++] = unit;
  }

  /** Writes one number of the protocol itself, from 0 up to 2^53. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x8000) {
      this.put((rest % 0x8000) + 0x8000);
      rest = Math.floor(rest / 0x8000);
    }
    this.put(rest);
  }

  /** Writes the length of a string, and its units. */
  putText(value: string): void {
    const { length } = value;
    if (this.length + 1 + length > this.#units.length) this.#grow(1 + length);
    const units = this.#units;
    let at = this.length;
    units[at++] = length;
    for (let i = 0; i < length; i++) units[at++] = value.charCodeAt(i);
    this.length = at;
  }

  /** All that is written, as a string. */
  text(): string {
    const end = this.length * 2;
    if (isBigEndian) return Buffer.from(this.#bytes.subarray(0, end)).swap16().toString("utf16le");
    return this.#bytes.toString("utf16le", 0, end);
  }

  #grow(atLeast: number): void {
    const units = new Uint16Array(this.#units.length * 2 + atLeast + 256);
    units.set(this.#units);
    this.#units = units;
    this.#bytes = Buffer.from(units.buffer);
  }
}

/**
 * Bytes in a row, added at the end and dropped at the front. Adding costs, taken over many calls, what is added; dropping
 * costs nothing. It takes at most about twice the memory of what it holds.
 */
export class ByteQueue {
  #bytes = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) this.#makeRoom(this.length + bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Drops so many from the front. */
  drop(count: number): void {
    this.#start += count;
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  /** What is there between two positions, counted from the front: no copy, and right until the queue changes. */
  view(from = 0, to: number = this.length): Buffer {
    return this.#bytes.subarray(this.#start + from, this.#start + to);
  }

  /** Gives back the memory that is not needed: nothing more will be added for now. */
  shrink(): void {
    this.#moveTo(this.length);
  }

  #makeRoom(needed: number): void {
    if (needed * 2 > this.#bytes.length) {
      this.#moveTo(Math.max(256, needed * 2));
      return;
    }
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #moveTo(capacity: number): void {
    const moved = Buffer.allocUnsafeSlow(capacity);
    moved.set(this.view());
    this.#end = this.length;
    this.#start = 0;
    this.#bytes = moved;
  }
}

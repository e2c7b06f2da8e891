/** A queue that takes from the front without moving the rest, as Array.shift would. What has been taken is let go. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #first = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#first;
  }

  push(item: T): void {
    this.#items[this.#end++] = item;
  }

  first(): T | undefined {
    return this.#items[this.#first];
  }

  shift(): T | undefined {
    if (this.#first === this.#end) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#end) {
      // Empty, as it is between two batches: start over in the same memory.
      if (this.#end > 4_096) this.#items = [];
      this.#first = 0;
      this.#end = 0;
    } else if (this.#first >= 4_096 && this.#first * 2 > this.#end) {
      this.#items = this.#items.slice(this.#first, this.#end);
      this.#end -= this.#first;
      this.#first = 0;
    }
    return item;
  }

  /** What is there, in order; it stays. */
  all(): readonly T[] {
    return this.#items.slice(this.#first, this.#end) as T[];
  }

  /** Takes everything. */
  drain(): T[] {
    const items = this.#items.slice(this.#first, this.#end) as T[];
    this.#items = [];
    this.#end = 0;
    this.#first = 0;
    return items;
  }
}

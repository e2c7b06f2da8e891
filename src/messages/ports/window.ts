/**
 * Back-pressure, as the sender counts it. A receiver's inbox is bounded by its senders: each may have so many messages
 * there unread, and so many bytes of large bodies, and the rest waits where it was made. The receiver reports now and then how
 * many it has read, so that the sender knows what is still unread without asking.
 */
import { Fifo } from "../../outside/index.ts";

/** How many messages one sender may have unread in one inbox. */
export const WINDOW = 1_024;
/** How many bytes of large bodies, roughly; one message, however large, may always go. */
export const LARGE_WINDOW = 16 * 1024 * 1024;

export class Window {
  /** Messages sent, and read over there. */
  #sent = 0;
  #read = 0;
  /** The large ones that have not been read, and what they take together. */
  readonly #large = new Fifo<{ readonly sequence: number; readonly size: number }>();
  #size = 0;

  readonly #most: number;
  readonly #largest: number;

  /** @param most unread messages; @param largest bytes of those that count */
  constructor(most = WINDOW, largest = LARGE_WINDOW) {
    this.#most = most;
    this.#largest = largest;
  }

  get hasRoom(): boolean {
    return this.#sent - this.#read < this.#most && this.#size < this.#largest;
  }

  sent(size: number): void {
    this.#sent++;
    if (size === 0) return;
    this.#large.push({ sequence: this.#sent, size });
    this.#size += size;
  }

  read(count: number): void {
    this.#read += count;
    for (let large = this.#large.first(); large !== undefined; large = this.#large.first()) {
      if (large.sequence > this.#read) break;
      this.#large.shift();
      this.#size -= large.size;
    }
  }
}

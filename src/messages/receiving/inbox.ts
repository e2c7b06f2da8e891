/**
 * The queue of messages that a worker function reads: `for await (const message of inbox)`. It is bounded by its senders,
 * each of which may have so many unread messages here and no more (ports/window.ts); so a message counts as read when
 * the function gets it, and not before.
 */
import { Fifo } from "../../outside/index.ts";

/** What the inbox holds: something that wants to know when it has been read. */
export interface Readable {
  read(): void;
}

export class Inbox<Item extends Readable> implements AsyncIterable<Item>, AsyncIterator<Item> {
  readonly #items = new Fifo<Item>();
  readonly #readers = new Fifo<(result: IteratorResult<Item>) => void>();
  #ended = false;

  /** How many messages wait to be read. */
  get length(): number {
    return this.#items.length;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  take(item: Item): void {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#items.push(item);
    } else {
      item.read();
      reader({ value: item, done: false });
    }
  }

  /** Nothing more will come: what is there can still be read. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.drain()) reader({ value: undefined, done: true });
  }

  /** Nothing more will be read: ends, and gives back what was not. */
  abandon(): Item[] {
    this.end();
    return this.#items.drain();
  }

  next(): Promise<IteratorResult<Item>> {
    const item = this.#items.shift();
    if (item !== undefined) {
      item.read();
      return Promise.resolve({ value: item, done: false });
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise(resolve => this.#readers.push(resolve));
  }

  /** Leaving a loop does not close the inbox: one may read on in another. */
  return(): Promise<IteratorResult<Item>> {
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    return this;
  }
}

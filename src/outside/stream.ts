/**
 * What comes, for a reader with a speed of its own: pushed on one side, an async iterable on the other. Watches, sessions with
 * containers and what a worker subscribes to are such streams. The side that pushes does not wait, so it bounds what is unread.
 */
import { Fifo } from "./fifo.ts";

export interface StreamOptions<T> {
  /** Called for each item when a reader gets it. */
  readonly taken?: (item: T) => void;
  /** Called once, when nothing more will be taken in, whichever side ended it. */
  readonly ended?: () => void;
}

interface Reader<T> {
  resolve(result: IteratorResult<T>): void;
  reject(failure: unknown): void;
}

export class Stream<T> implements AsyncIterableIterator<T> {
  readonly #items = new Fifo<T>();
  /** Those who asked before there was something to read. */
  readonly #readers = new Fifo<Reader<T>>();
  readonly #taken: ((item: T) => void) | undefined;
  readonly #ended: (() => void) | undefined;
  #hasEnded = false;
  /** Why it ended, where it ended badly: for the reader who has read all that came before. */
  #failure: Error | undefined;

  constructor({ taken, ended }: StreamOptions<T> = {}) {
    this.#taken = taken;
    this.#ended = ended;
  }

  /** How many items wait to be read. */
  get unread(): number {
    return this.#items.length;
  }

  /** Takes an item in, unless the stream has ended; false where `limit` items are unread, and no reader waits for one. */
  push(item: T, limit: number = Number.POSITIVE_INFINITY): boolean {
    if (this.#hasEnded) return true;
    const reader = this.#readers.shift();
    if (reader) {
      this.#taken?.(item);
      reader.resolve({ done: false, value: item });
      return true;
    }
    if (this.#items.length >= limit) return false;
    this.#items.push(item);
    return true;
  }

  /** Nothing more will come. What is there can still be read; after it the reader gets the failure, once, or is at the end. */
  end(failure?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure = failure;
    this.#ended?.();
    for (const reader of this.#readers.drain()) this.#finish(reader);
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#taken?.(item);
        resolve({ done: false, value: item });
      } else if (this.#hasEnded) this.#finish({ resolve, reject });
      else this.#readers.push({ resolve, reject });
    });
  }

  /** Ends the stream; what was not read is dropped. */
  async return(): Promise<IteratorResult<T>> {
    this.#items.drain();
    this.#failure = undefined;
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #finish({ resolve, reject }: Reader<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) reject(failure);
    else resolve({ done: true, value: undefined });
  }
}

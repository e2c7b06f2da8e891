/**
 * A stream that a worker has open, at the main thread's end. Only so much of it goes to the worker as it has room for: what it
 * has not read counts, in number and in memory. What is more waits at the source, which bounds it in its turn (a watch ends
 * with Expired): no worker dies of what others do while it is busy.
 */
import { measured, Window } from "../messages/index.ts";

/** So many items may be unread at the worker. */
const MOST_UNREAD = 256;

export class Subscription {
  readonly #largest: number;
  readonly #window: Window;
  readonly #stop = new AbortController();
  #goOn: (() => void) | undefined;

  /** @param largest how many bytes of heap the worker may be sent at once; so many may be unread, too */
  constructor(largest: number) {
    this.#largest = largest;
    this.#window = new Window(MOST_UNREAD, largest);
  }

  /** Aborts when the worker has stopped listening, or has ended. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Counts an item that is about to be told. Throws MessageTooLarge. */
  add(item: unknown): void {
    this.#window.sent(measured("an item of the stream", item, this.#largest).heap);
  }

  /** Resolves when the worker has room for another item, or has stopped listening. */
  async room(): Promise<void> {
    while (!this.#window.hasRoom && !this.signal.aborted) {
      await new Promise<void>(resolve => {
        this.#goOn = resolve;
      });
    }
  }

  /** The worker has read so many more. */
  read(count: number): void {
    this.#window.read(count);
    this.#goOn?.();
  }

  stop(): void {
    this.#stop.abort();
    this.#goOn?.();
  }
}

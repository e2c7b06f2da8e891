/**
 * The requests that were read and not answered yet, counted over all channels of this thread, and the promises that wait until
 * there are none.
 */
export class Unanswered {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  add(): void {
    this.#count++;
  }

  /** So many were answered, or no answer to them is awaited any more. */
  remove(count: number): void {
    this.#count -= count;
    if (this.#count === 0 && this.#waiting.length > 0)
      for (const release of this.#waiting.splice(0)) release();
  }

  /** Resolves when there are none. */
  none(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }
}

/**
 * The queue of a controller: which keys want a look. Three rules make it safe to add a key from anywhere, at any time
 * (after client-go's util/workqueue):
 *
 * - `waiting` holds each key at most once, in the order in which they came: a hundred changes are one look.
 * - `running` keys are not handed out again: one key is never looked at twice at the same time.
 * - a key added while it runs is `dirty`: it goes to the end of the line when its run is done, so no change is missed.
 */
export class WorkQueue<T> {
  readonly #waiting = new Map<string, T>();
  readonly #running = new Set<string>();
  readonly #dirty = new Map<string, T>();

  /** How many keys wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Adds a key. One that waits already keeps its place and takes the newer item. */
  add(key: string, item: T): void {
    if (this.#running.has(key)) this.#dirty.set(key, item);
    else this.#waiting.set(key, item);
  }

  /** Hands out the key that waits longest, and marks it as running. */
  take(): { key: string; item: T } | undefined {
    for (const [key, item] of this.#waiting) {
      this.#waiting.delete(key);
      this.#running.add(key);
      return { key, item };
    }
    return undefined;
  }

  /** The run of a key is over. */
  done(key: string): void {
    this.#running.delete(key);
    const item = this.#dirty.get(key);
    if (item === undefined) return;
    this.#dirty.delete(key);
    this.#waiting.set(key, item);
  }
}

/**
 * The queue of a controller: which keys are to be reconciled. Three rules make it safe to add a key from anywhere, at any time
 * (after client-go's util/workqueue):
 *
 * - a key that waits is in there once: a hundred changes are one run.
 * - a key that runs is not handed out again: one key is never reconciled twice at the same time.
 * - a key added while it runs is `dirty`: it waits again when its run is done, so no change is missed.
 *
 * In which order waiting keys are handed out is another matter, the one that controllers may choose: a `Queue`. The first
 * that came is the first that goes, unless the controller brings a queue of its own (the scheduler has one by priority).
 */

/** The keys that wait, each at most once. What `T` is, is the caller's business. */
export interface Queue<T> {
  /** How many keys wait. */
  readonly length: number;
  /** Adds a key. One that waits already keeps its place and takes the newer item. */
  add(key: string, item: T): void;
  /** Removes the key whose turn it is, and returns it; undefined where none waits. */
  take(): Queued<T> | undefined;
}

export interface Queued<T> {
  readonly key: string;
  readonly item: T;
}

/** The first that came is the first that goes. */
export class FifoQueue<T> implements Queue<T> {
  readonly #items = new Map<string, T>();

  get length(): number {
    return this.#items.size;
  }

  add(key: string, item: T): void {
    this.#items.set(key, item);
  }

  take(): Queued<T> | undefined {
    for (const [key, item] of this.#items) {
      this.#items.delete(key);
      return { key, item };
    }
    return undefined;
  }

  delete(key: string): void {
    this.#items.delete(key);
  }
}

/** Several queues, each for a part of the keys, that take turns: a long one does not keep the others waiting. */
export class FairQueue<T> implements Queue<T> {
  readonly #partOf: (item: T) => string;
  readonly #parts = new Map<string, FifoQueue<T>>();

  /** `partOf` says to which part an item belongs; the same for all items of a key. */
  constructor(partOf: (item: T) => string) {
    this.#partOf = partOf;
  }

  get length(): number {
    let length = 0;
    for (const part of this.#parts.values()) length += part.length;
    return length;
  }

  add(key: string, item: T): void {
    const name = this.#partOf(item);
    const part = this.#parts.get(name) ?? new FifoQueue<T>();
    part.add(key, item);
    this.#parts.set(name, part);
  }

  take(): Queued<T> | undefined {
    for (const [name, part] of this.#parts) {
      const taken = part.take();
      // The part that had its turn goes to the end.
      this.#parts.delete(name);
      if (part.length > 0) this.#parts.set(name, part);
      return taken;
    }
    return undefined;
  }
}

export class WorkQueue<T> {
  readonly #waiting: Queue<T>;
  readonly #running = new Set<string>();
  readonly #dirty = new Map<string, T>();

  constructor(waiting: Queue<T> = new FifoQueue()) {
    this.#waiting = waiting;
  }

  /** How many keys wait. */
  get length(): number {
    return this.#waiting.length;
  }

  add(key: string, item: T): void {
    if (this.#running.has(key)) this.#dirty.set(key, item);
    else this.#waiting.add(key, item);
  }

  /** Hands out the key whose turn it is, and marks it as running. */
  take(): Queued<T> | undefined {
    const taken = this.#waiting.take();
    if (taken) this.#running.add(taken.key);
    return taken;
  }

  /** The run of a key is over. */
  done(key: string): void {
    this.#running.delete(key);
    const item = this.#dirty.get(key);
    if (item === undefined) return;
    this.#dirty.delete(key);
    this.#waiting.add(key, item);
  }
}

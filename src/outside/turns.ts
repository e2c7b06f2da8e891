/** What is to be done with the same thing is done one after the other, in the order in which it was asked for; other things do not wait. */
export class Turns {
  /** By key: the last that was asked for. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves, or rejects, as `act` does, which waits for those before it, however they end. */
  async take<T>(key: string, act: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(act, act);
    this.#last.set(key, done);
    try {
      return await done;
    } finally {
      if (this.#last.get(key) === done) this.#last.delete(key);
    }
  }
}

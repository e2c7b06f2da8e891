/** How many calls a driver is asked at once: further ones wait, in their order, until one of them has been answered. */
export class CallPlaces {
  readonly #most: number;
  #taken = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Resolves when there is a place, which is taken then.
   * @param inTime rejects where that takes too long; the place is no more waited for then
   */
  async take(inTime: (free: Promise<void>) => Promise<void>): Promise<void> {
    if (this.#taken < this.#most) {
      this.#taken++;
      return;
    }
    let enter = () => {};
    const free = new Promise<void>(resolve => {
      enter = resolve;
    });
    this.#waiting.add(enter);
    try {
      await inTime(free);
    } catch (error) {
      // Where it waits no more, it got its place in the same moment.
      if (!this.#waiting.delete(enter)) this.leave();
      throw error;
    }
  }

  /** What has a place does not need it any more: the next has it. */
  leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#taken--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

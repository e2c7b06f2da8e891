/**
 * Work that is done again and again, one round at a time: however often it is woken while a round is under way, one more follows.
 * While it is held nothing is done.
 */
export class Rounds {
  readonly #run: () => Promise<void>;
  readonly #isOver: () => boolean;
  readonly #failed: (error: unknown) => void;
  #round: "none" | "under way" | "under way, and another" = "none";
  #isHeld = false;

  /**
   * @param run one round
   * @param isOver whether there is to be no other
   * @param failed is told why a round was not done to its end
   */
  constructor(run: () => Promise<void>, isOver: () => boolean, failed: (error: unknown) => void) {
    this.#run = run;
    this.#isOver = isOver;
    this.#failed = failed;
  }

  /** Whether something has come up since this round began. */
  get isOutdated(): boolean {
    return this.#round === "under way, and another";
  }

  wake(): void {
    if (this.#round === "none") void this.#go();
    else this.#round = "under way, and another";
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.wake();
  }

  async #go(): Promise<void> {
    while (this.#round !== "under way" && !this.#isHeld && !this.#isOver()) {
      this.#round = "under way";
      // What was woken during a round that failed has another all the same.
      await this.#run().catch(error => this.#failed(error));
    }
    this.#round = "none";
  }
}

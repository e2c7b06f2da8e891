/** Requests without a pause, for the demos that show what happens under load. */
import { setTimeout as passed } from "node:timers/promises";

/** So many at a time, each of which asks again as soon as it is answered. */
export class Load<Answer> {
  readonly answers: Answer[] = [];
  readonly errors: unknown[] = [];
  readonly #askers: Promise<void>[];
  /** Of each answer, how many requests had been sent before its own. */
  readonly #sentBefore: number[] = [];
  #sent = 0;
  #isOver = false;

  constructor(ask: () => Promise<Answer>, atATime: number) {
    this.#askers = Array.from({ length: atATime }, async () => {
      while (!this.#isOver) {
        const sentBefore = this.#sent++;
        await ask().then(
          answer => {
            this.answers.push(answer);
            this.#sentBefore.push(sentBefore);
          },
          error => {
            this.errors.push(error);
            // One that is refused at once leaves time for what else is to happen.
            return passed(1);
          },
        );
      }
    });
  }

  /** The answers to the next so many requests; fewer where they have not all come after `timeoutMs`. */
  async next(count: number, timeoutMs = 30_000): Promise<Answer[]> {
    // One that is in flight was sent before, and may be answered after many of those that are meant.
    const from = this.#sent;
    const meant = () => this.answers.filter((_, i) => (this.#sentBefore[i] ?? 0) >= from);
    const until = performance.now() + timeoutMs;
    while (meant().length < count && performance.now() < until) await passed(1);
    return meant().slice(0, count);
  }

  /** Asks no more. Resolves when all that is in flight is answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#askers);
  }
}

/** Requests without a pause, for the demos that show what happens under load. */
import { setTimeout as passed } from "node:timers/promises";

/** So many at a time, each of which asks again as soon as it is answered. */
export class Load<Answer> {
  readonly answers: Answer[] = [];
  readonly errors: unknown[] = [];
  readonly #askers: Promise<void>[];
  #isOver = false;

  constructor(ask: () => Promise<Answer>, atATime: number) {
    this.#askers = Array.from({ length: atATime }, async () => {
      while (!this.#isOver)
        await ask().then(
          answer => void this.answers.push(answer),
          error => {
            this.errors.push(error);
            // One that is refused at once leaves time for what else is to happen.
            return passed(1);
          },
        );
    });
  }

  /** The answers to the next so many requests; fewer where they have not all come after `timeoutMs`. */
  async next(count: number, timeoutMs = 30_000): Promise<Answer[]> {
    // What is in flight may have been sent before.
    const from = this.answers.length + this.#askers.length;
    const until = performance.now() + timeoutMs;
    while (this.answers.length < from + count && performance.now() < until) await passed(1);
    return this.answers.slice(from, from + count);
  }

  /** Asks no more. Resolves when all that is in flight is answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#askers);
  }
}

/** Those that wait for something to be known: asked again after each change, until it is, or for as long as they want to wait. */
import type { Clock } from "../../../outside/index.ts";

interface Waiter {
  readonly enough: () => boolean;
  readonly done: (isKnown: boolean) => void;
}

export class Waiting {
  readonly #clock: Pick<Clock, "now" | "after">;
  readonly #waiters = new Set<Waiter>();
  #hasEnded = false;

  constructor(clock: Pick<Clock, "now" | "after">) {
    this.#clock = clock;
  }

  /** Resolves to whether it is known: false where it is not by the deadline. */
  until(enough: () => boolean, deadline: number): Promise<boolean> {
    if (enough()) return Promise.resolve(true);
    if (this.#hasEnded) return Promise.resolve(false);
    return new Promise(resolve => {
      const done = (isKnown: boolean) => {
        this.#waiters.delete(waiter);
        timer.cancel();
        resolve(isKnown);
      };
      const waiter: Waiter = { enough, done };
      const timer = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => done(enough()));
      this.#waiters.add(waiter);
    });
  }

  /** Something has changed. */
  look(): void {
    for (const { enough, done } of this.#waiters) if (enough()) done(true);
  }

  /** Nothing more will become known. */
  end(): void {
    this.#hasEnded = true;
    for (const { enough, done } of this.#waiters) done(enough());
  }
}

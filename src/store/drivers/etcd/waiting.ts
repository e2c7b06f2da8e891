/**
 * Those that wait until our watch of etcd has told enough. Nearly all wait for a revision, and stand in its order: each change ends the
 * waiting of those at the front, and asks nobody else. The few that cannot know the revision are asked again after each change.
 */
import type { Clock } from "../../../outside/index.ts";
import { undecided } from "./etcd-fault.ts";

interface Waiter {
  readonly done: (isKnown: boolean) => void;
}
interface InOrder extends Waiter {
  readonly revision: number;
}
interface Asked extends Waiter {
  readonly enough: () => boolean;
}

/** How long the watch may take to tell what is written, until it is doubted. */
const patienceMs = 1_500;

export class Waiting {
  readonly #clock: Pick<Clock, "elapsed" | "after">;
  readonly #doubt: () => void;
  /** The least revision first. */
  readonly #inOrder: InOrder[] = [];
  readonly #asked = new Set<Asked>();
  #seen = 0;
  #hasEnded = false;

  /** @param doubt called when the watch does not tell what it should */
  constructor(clock: Pick<Clock, "elapsed" | "after">, doubt: () => void) {
    this.#clock = clock;
    this.#doubt = doubt;
  }

  /** All up to this revision is known. */
  get seen(): number {
    return this.#seen;
  }

  /** The watch has told all up to a revision. */
  reached(revision: number): void {
    this.#seen = Math.max(this.#seen, revision);
    for (let first = this.#inOrder[0]; first && first.revision <= this.#seen; first = this.#inOrder[0])
      first.done(true);
    this.look();
  }

  /** Something else has changed. */
  look(): void {
    for (const { enough, done } of this.#asked) if (enough()) done(true);
  }

  /** Resolves when all up to a revision is known. Rejects with ServiceUnavailable where it is not by the deadline. */
  told(revision: number, deadline: number): Promise<void> {
    return this.#insist(deadline, until => this.#reaches(revision, until));
  }

  /** The same for what has no revision that could be named. */
  toldThat(enough: () => boolean, deadline: number): Promise<void> {
    return this.#insist(deadline, until => this.until(enough, until));
  }

  /** Resolves to whether it is so: false where it is not by the deadline. */
  until(enough: () => boolean, deadline: number): Promise<boolean> {
    if (enough()) return Promise.resolve(true);
    return this.#wait(deadline, enough, done => {
      const asked = { enough, done };
      this.#asked.add(asked);
      return () => void this.#asked.delete(asked);
    });
  }

  /** Nothing more will become known. */
  end(): void {
    this.#hasEnded = true;
    for (const { done } of [...this.#inOrder]) done(false);
    for (const { enough, done } of this.#asked) done(enough());
  }

  async #insist(deadline: number, wait: (until: number) => Promise<boolean>): Promise<void> {
    if (await wait(Math.min(deadline, this.#clock.elapsed() + patienceMs))) return;
    this.#doubt();
    if (await wait(deadline)) return;
    throw undecided(undefined, "the watch of etcd does not tell what is written");
  }

  #reaches(revision: number, deadline: number): Promise<boolean> {
    const isReached = () => revision <= this.#seen;
    if (isReached()) return Promise.resolve(true);
    return this.#wait(deadline, isReached, done => {
      const waiter = { revision, done };
      // Answers come nearly in the order of their revisions: it mostly goes to the end.
      this.#inOrder.splice(this.#inOrder.findLastIndex(other => other.revision <= revision) + 1, 0, waiter);
      return () => void this.#inOrder.splice(this.#inOrder.indexOf(waiter), 1);
    });
  }

  /** @param join among those that wait; returns what takes it out again */
  #wait(
    deadline: number,
    enough: () => boolean,
    join: (done: (isKnown: boolean) => void) => () => void,
  ): Promise<boolean> {
    if (this.#hasEnded) return Promise.resolve(false);
    return new Promise(resolve => {
      const leave = join(isKnown => {
        leave();
        timer.cancel();
        resolve(isKnown);
      });
      const timer = this.#clock.after(Math.max(0, deadline - this.#clock.elapsed()), () => {
        leave();
        resolve(enough());
      });
    });
  }
}

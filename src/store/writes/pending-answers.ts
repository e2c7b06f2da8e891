/**
 * What is asked of functions that may take their time: admission plugins, `authorize`, kinds that are only answered. One that
 * never answers must hold neither the call that waits for it nor a cluster that stops: it has so long to answer, and no longer
 * than the cluster runs. An answer that comes later is ignored.
 */
import { ApiError } from "../../errors/index.ts";
import { type Clock, realClock } from "../../outside/index.ts";
import { isPending } from "./admission.ts";

/** As long as a webhook has to answer where it does not say how long, in Kubernetes. */
const longestSeconds = 10;

/** What a whole request may take in Kubernetes: so long a kind that is only answered may work on its answer. */
export const requestSeconds = 60;

export class PendingAnswers {
  readonly #clock: Pick<Clock, "after">;
  /** Ends the wait for each answer that has not come. */
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  constructor(clock: Pick<Clock, "after"> = realClock) {
    this.#clock = clock;
  }

  /**
   * The same answer, at once where it is no promise; Timeout where it has not come within `seconds`, ServiceUnavailable where it
   * has not come when the cluster stops. `who` is to give it.
   */
  until<T>(who: string, answer: T | Promise<T>, seconds = longestSeconds): T | Promise<T> {
    if (!isPending(answer)) return answer;
    return new Promise((resolve, reject) => {
      const giveUp = () =>
        reject(new ApiError("ServiceUnavailable", `${who} had not answered when the cluster stopped`));
      const tooLate = () => reject(new ApiError("Timeout", `${who} did not answer within ${seconds} s`));
      const timer = this.#clock.after(seconds * 1_000, () => {
        this.#waiting.delete(giveUp);
        tooLate();
      });
      const ended = () => {
        timer.cancel();
        this.#waiting.delete(giveUp);
      };
      this.#waiting.add(giveUp);
      answer.then(resolve, reject);
      answer.then(ended, ended);
      if (this.#isStopped) giveUp();
    });
  }

  /** Waits for no answer any more. */
  stop(): void {
    this.#isStopped = true;
    for (const giveUp of this.#waiting) giveUp();
    this.#waiting.clear();
  }
}

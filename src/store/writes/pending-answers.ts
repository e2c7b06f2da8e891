/**
 * What is asked of functions that may take their time: admission plugins, `authorize`, kinds that are only answered. One that never
 * answers must not hold a cluster that stops, nor the call that waits for it: when it stops, whoever waits gets an error.
 */
import { ApiError } from "../../errors/index.ts";
import { isPending } from "./admission.ts";

export class PendingAnswers {
  /** Ends the wait for each answer that has not come. */
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  /**
   * The same answer, at once where it is no promise; ServiceUnavailable where it has not come when the cluster stops. `who` is
   * to give it.
   */
  until<T>(who: string, answer: T | Promise<T>): T | Promise<T> {
    if (!isPending(answer)) return answer;
    return new Promise((resolve, reject) => {
      const giveUp = () =>
        reject(new ApiError("ServiceUnavailable", `${who} had not answered when the cluster stopped`));
      const ended = () => void this.#waiting.delete(giveUp);
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

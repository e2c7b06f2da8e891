/**
 * A container that keeps failing where it is. A pod stays on its node whatever happens to it, and its restarts come one by one, each
 * with events of its own; so after the sixth failure within ten minutes one event says what they have in common and what can be done,
 * and no other for the next ten minutes.
 */

const windowMs = 600_000;
const many = 6;

export class RepeatedFailures {
  /** When it failed, in milliseconds since 1970: the last so many times. */
  #times: number[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;

  /** It failed. Returns within how many milliseconds it has done so many times, where that is to be told now. */
  count(now: number): { readonly times: number; readonly withinMs: number } | undefined {
    this.#times = [...this.#times, now].slice(-many);
    const withinMs = now - (this.#times[0] ?? now);
    if (this.#times.length < many || withinMs > windowMs || now - this.#toldAt < windowMs) return undefined;
    this.#toldAt = now;
    return { times: many, withinMs };
  }
}

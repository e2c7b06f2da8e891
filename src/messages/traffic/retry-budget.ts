/**
 * How much is tried again of what fails, so that retries never are the load that keeps a Service down: of the requests of the last while only
 * so many of a hundred may be retries, and a few always. The numbers are those of Gateway API's retry budgets.
 */

export interface RetryBudgetPolicy {
  readonly percent: number;
  readonly intervalMs: number;
}

/** So many retries a second are always allowed. */
const leastPerSecond = 10;
/** The interval is counted in so many parts. */
const parts = 10;

interface Part {
  readonly at: number;
  requests: number;
  retries: number;
}

export class RetryBudget {
  policy: RetryBudgetPolicy;
  /** The oldest first. */
  #parts: Part[] = [];
  #second = Number.NEGATIVE_INFINITY;
  #inSecond = 0;

  constructor(policy: RetryBudgetPolicy) {
    this.policy = policy;
  }

  /** A request, for the first time. */
  requested(now: number): void {
    this.#part(now).requests++;
  }

  /** Whether something may be tried again; then that counts. */
  mayRetry(now: number): boolean {
    const part = this.#part(now);
    const requests = this.#parts.reduce((sum, each) => sum + each.requests, 0);
    const retries = this.#parts.reduce((sum, each) => sum + each.retries, 0);
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    const isWithin = (retries + 1) * 100 <= this.policy.percent * requests;
    if (!isWithin && this.#inSecond >= leastPerSecond) return false;
    part.retries++;
    this.#inSecond++;
    return true;
  }

  #part(now: number): Part {
    const lasts = Math.max(1, this.policy.intervalMs / parts);
    const at = Math.floor(now / lasts) * lasts;
    let part = this.#parts.at(-1);
    if (part?.at !== at) {
      this.#parts = this.#parts.filter(each => each.at > now - this.policy.intervalMs);
      part = { at, requests: 0, retries: 0 };
      this.#parts.push(part);
    }
    return part;
  }
}

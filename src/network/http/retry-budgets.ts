/** What may be spent on retries, by Service: of all its callers together. */
import { RetryBudget } from "../../messages/index.ts";
import { type Clock, setBounded } from "../../outside/index.ts";
import { serviceTrafficRules } from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";

/** Of so many Services it is remembered what was spent. */
const mostBudgets = 10_000;

export class RetryBudgets {
  readonly #store: Pick<Store, "get">;
  readonly #clock: Pick<Clock, "now">;
  readonly #budgets = new Map<string, RetryBudget>();

  constructor(store: Pick<Store, "get">, clock: Pick<Clock, "now">) {
    this.#store = store;
    this.#clock = clock;
  }

  /** A request to the Service has come. Returns whether it may be tried again, which then counts. */
  requested(namespace: string, name: string): () => boolean {
    const { annotations } = this.#store.get("Service", namespace, name)?.metadata ?? {};
    const { retryBudget } = serviceTrafficRules(annotations);
    const key = `${namespace}/${name}`;
    const budget = this.#budgets.get(key) ?? new RetryBudget(retryBudget);
    budget.policy = retryBudget;
    setBounded(this.#budgets, key, budget, mostBudgets);
    budget.requested(this.#clock.now());
    return () => budget.mayRetry(this.#clock.now());
  }
}

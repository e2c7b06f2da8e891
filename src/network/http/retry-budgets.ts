/** What may be spent on retries, by Service: of all its callers together. */
import { RetryBudget } from "../../messages/index.ts";
import { type Clock, setBounded } from "../../outside/index.ts";
import { type Service, serviceTrafficRules } from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";

/** Of so many Services it is remembered what was spent. */
const mostBudgets = 10_000;

type RetryBudgetPolicy = ReturnType<typeof serviceTrafficRules>["retryBudget"];

/** Read once for each revision of a Service. */
const known = new WeakMap<Service, RetryBudgetPolicy>();

function policyOf(service: Service | undefined): RetryBudgetPolicy {
  let policy = service && known.get(service);
  if (!policy) {
    policy = serviceTrafficRules(service?.metadata.annotations).retryBudget;
    if (service) known.set(service, policy);
  }
  return policy;
}

export class RetryBudgets {
  readonly #store: Pick<StoreReads, "get">;
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #budgets = new Map<string, RetryBudget>();

  constructor(store: Pick<StoreReads, "get">, clock: Pick<Clock, "elapsed">) {
    this.#store = store;
    this.#clock = clock;
  }

  /** A request to the Service has come. Returns whether it may be tried again, which then counts. */
  requested(namespace: string, name: string): () => boolean {
    const budget = this.#of(`${namespace}/${name}`, policyOf(this.#store.get("Service", namespace, name)));
    budget.requested(this.#clock.elapsed());
    return () => budget.mayRetry(this.#clock.elapsed());
  }

  #of(key: string, policy: RetryBudgetPolicy): RetryBudget {
    const known = this.#budgets.get(key);
    if (known) {
      known.policy = policy;
      return known;
    }
    const budget = new RetryBudget(policy);
    setBounded(this.#budgets, key, budget, mostBudgets);
    return budget;
  }
}

/**
 * What expressions may cost, counted while they run: the interpreter cannot be interrupted, and all others wait for it. Kubernetes stops
 * one expression at `PerCallLimit`, and all that is asked of one object at `RuntimeCELCostBudget`
 * (`apiserver/pkg/apis/cel/config.go`). Where in an expression something is counted says counted-text.ts.
 */
import { CelError } from "./cel-error.ts";

/** What one expression may cost. */
const mostOfCall = 1_000_000;
/** What all expressions about one object may cost together. */
const mostOfObject = 10_000_000;
/** What the match conditions of a policy or a webhook may cost together. */
export const mostOfMatchConditions = 2_500_000;

/** What cel-go says where one expression costs too much. */
export const costExceeded = "operation cancelled: actual cost limit exceeded";
/** What Kubernetes says where all of them together do. */
export const budgetSpent =
  "validation failed due to running out of cost budget, no further validation rules will be run";

/** What is left for the expressions about one object. */
export class CostBudget {
  #left: number;

  constructor(most: number = mostOfObject) {
    this.#left = most;
  }

  /** How much is left; below 0 where more was wanted. */
  get left(): number {
    return this.#left;
  }

  /** Whether all of it is spent, so that no further expression may be run. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  /**
   * Runs one expression, and takes from the budget what it cost.
   *
   * Throws CelError where it cost too much: by itself (`costExceeded`), or with those before it (`budgetSpent`).
   */
  spend<T>(run: (call: CallCost) => T): T {
    if (this.isSpent) throw new CelError(budgetSpent);
    const call = new CallCost();
    try {
      return run(call);
    } finally {
      // Where the expression made no use of the error that stopped it (`costly || true`), too.
      this.#take(call.cost);
    }
  }

  /** From here on nothing is left. */
  close(): void {
    this.#left = -1;
  }

  #take(cost: number): void {
    const isOver = cost > this.#left;
    if (isOver) this.close();
    else this.#left -= cost;
    if (cost > mostOfCall) throw new CelError(costExceeded);
    if (isOver) throw new CelError(budgetSpent);
  }
}

/** What one expression has cost so far. */
export class CallCost {
  #cost = 0;
  /** One for all steps: `all` and `exists` go on after an error, to the next element. */
  readonly #exceeded = new CelError(costExceeded);

  get cost(): number {
    return this.#cost;
  }

  /** Throws CelError from the limit on, each time. */
  add(cost: number): void {
    this.#cost += cost;
    if (this.#cost > mostOfCall) throw this.#exceeded;
  }
}

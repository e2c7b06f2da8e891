/**
 * What the rules of a definition may cost at most: each expression, and all of them together. Which are too much, and in which words,
 * is as in Kubernetes (`apiextensions/validation`).
 */
import type { Cause } from "../../errors/index.ts";
import { forbidden } from "../faults.ts";

const mostOfExpression = 10_000_000;
const mostOfAll = 100_000_000;
/** How many of the most expensive rules are named where all together cost too much. */
const mostNamed = 4;

export class RuleCosts {
  readonly #expensive: { readonly path: string; readonly cost: number }[] = [];
  #sum = 0;

  /** @param what the expression is: `rule` or `messageExpression` */
  faultsOf(path: string, what: string, cost: number): Cause[] {
    this.#sum += cost;
    if (cost >= mostOfAll / 100) this.#expensive.push({ path, cost });
    return cost > mostOfExpression
      ? [forbidden(path, exceeding(`estimated ${what} cost`, cost, mostOfExpression))]
      : [];
  }

  /** What is wrong with all of them together. */
  faults(path: string): Cause[] {
    if (this.#sum <= mostOfAll) return [];
    const named = this.#expensive.sort((one, other) => other.cost - one.cost).slice(0, mostNamed);
    const all = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...named.map(each =>
        forbidden(
          each.path,
          "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
        ),
      ),
      forbidden(path, exceeding(all, this.#sum, mostOfAll)),
    ];
  }
}

function exceeding(what: string, cost: number, most: number): string {
  return `${what} exceeds budget by factor of ${factorText(cost / most)} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function factorText(factor: number): string {
  if (factor > 100) return "more than 100x";
  return `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
}

import { describe, expect, test } from "vitest";
import { CelError } from "./cel-error.ts";
import { budgetSpent, CostBudget, costExceeded } from "./cost.ts";
import { CelEnvironment } from "./expression.ts";

const environment = new CelEnvironment(() => ({ self: "dyn" }));

/** What it costs with these values. */
function costOf(expression: string, self: unknown): number {
  const budget = new CostBudget();
  const before = budget.left;
  environment.compile(expression).run({ self }, budget);
  return before - budget.left;
}

const list = (length: number) => Array.from({ length }, (_, i) => BigInt(i));
const map = (value: Record<string, unknown>) => new Map(Object.entries(value));

const costs: readonly (readonly [expression: string, self: unknown, cost: number])[] = [
  // Nothing goes through a list.
  ["self.size() > 1 && self[0] == 0", list(100), 0],
  // A step: 3, the comparison, the name.
  ["self.all(x, x >= 0)", list(100), 500],
  ["self.all(x, (x >= 0))", list(100), 500],
  ["(self).all(x , x >= 0)", list(100), 500],
  ["self.all(x, // of all, (they\n x >= 0)", list(100), 500],
  // It stops where the answer is known.
  ["self.all(x, x < 0)", list(100), 5],
  ["self.exists(x, x == 0)", list(100), 6],
  ["self.exists_one(x, x == 0)", list(100), 400],
  ["self.map(x, x + 1).size() == 100", list(100), 1_400],
  ["self.map(x, x > 49, x).size() == 50", list(100), 1_400],
  ["self.filter(x, x > 49).all(x, x > 0)", list(100), 1_500 + 250],
  ["self.all(i, x, x == i)", list(100), 600],
  ["self.transformList(i, x, x).size() == 100", list(100), 1_300],
  // One within another.
  ["self.all(x, self.exists_one(y, x == y))", list(10), 10 * (3 + 2 + 10 * 5)],
  ["[self].all(s, s.all(a, s.all(b, a + b >= 0)))", list(10), 3 + 2 + 10 * (3 + 2) + 100 * (3 + 4)],
  ["self.l.all(x, x.m.all(y, y > 0))", map({ l: [map({ m: list(5).slice(1) })], other: list(1000) }), 6 + 20],
  // What is only evaluated under a condition is only counted then.
  ["self.all(x, true || self.all(y, y >= 0))", list(10), 30],
  // A function that goes through the list, or the text, that it is called on.
  ["self.indexOf(5) == 5", list(100), 100],
  ["(self + (self)).sum() == 0 || ((self).reverse()).size() > 0", list(100), 300],
  ["'a'.startsWith('a') && self.matches('^a') && self.contains('b')", "a".repeat(95), 1 + 10 + 10],
  ["self.all(x, self.indexOf(x) >= 0)", list(10), 10 * (3 + 4) + 10 * 10],
  ["sets.contains(self, self)", list(100), 10_000],
  ["(sets).intersects((self), self.filter(x, x < 2)) || true", list(2), 2 * (2 * 15) + 2 * 2],
  ["self.all(x, sets.equivalent([x], [x, x]) && (sets) .contains([1], [1]))", list(2), 2 * (3 + 7) + 2 * 3],
  // An operator that goes through the list by itself.
  ["5 in self", list(100), 100],
  ["self.all(x, x in self)", list(10), 10 * (3 + 3) + 10 * 10],
  ["self.all(x, x in (self + [1]))", list(10), 10 * (3 + 5) + 10 * 11],
  ["self.all(x, !(x in ((self).filter(y, y < 0)) || x < 0))", list(2), 2 * (3 + 5) + 2 * 2 * (3 + 10 + 2)],
];

describe("what an expression costs is counted while it runs", () => {
  test.each(costs)("%s", (expression, self, cost) => {
    expect(costOf(expression, self)).toBe(cost);
  });
});

const within = "self.all(x, self.exists_one(y, x == y))";
const costly: readonly string[] = [
  within,
  // An error in the middle, and one that nothing is made of.
  "self.all(x, self.exists(y, x == y && 1 / (y - y) > 0))",
  `self.size() < 0 || ${within}`,
  `(${within}) || true`,
  `self.exists(x, ${within} || x > 0)`,
  "self.all(x, x in self.map(y, -y) || true)",
  "self.all(x, self.lastIndexOf(x) >= 0)",
  "sets.equivalent(self, self)",
  "self.map(x, self.filter(y, y > x)).size() > 0",
  "self.all(x, self.all(i, y, y >= 0))",
];

describe("an expression that costs too much is stopped", () => {
  test.each(costly)("%s", expression => {
    const run = () => environment.compile(expression).run({ self: list(10_000) });
    expect(run).toThrow(new CelError(costExceeded));
  });

  test("also by one list that is too long", () => {
    const run = () => environment.compile("self.all(x, x >= 0)").run({ self: list(200_001) });
    expect(run).toThrow(new CelError(costExceeded));
  });
});

test("expressions that share a budget are stopped where it is spent", () => {
  const budget = new CostBudget(1_200);
  const each = environment.compile("self.all(x, x >= 0)");
  expect(each.run({ self: list(100) }, budget)).toBe(true);
  expect(each.run({ self: list(100) }, budget)).toBe(true);
  expect(budget.isSpent).toBe(false);
  expect(() => each.run({ self: list(100) }, budget)).toThrow(new CelError(budgetSpent));
  expect(budget.isSpent).toBe(true);
  expect(() => each.run({ self: [] }, budget)).toThrow(new CelError(budgetSpent));
});

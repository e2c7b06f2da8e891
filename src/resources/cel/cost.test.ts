import { describe, expect, test } from "vitest";
import { isTooCostly, nestingOf } from "./cost.ts";
import { CelEnvironment, CelError } from "./expression.ts";
import { library } from "./library.ts";

const nestings: readonly (readonly [expression: string, nesting: number])[] = [
  ["self.size() > 1", 0],
  ["self.all(x, x > 1)", 1],
  ["self.all(x, x > 1) && self.exists(x, x > 1)", 1],
  ["self.map(x, x + 1).filter(x, x > 1).size() == 1", 1],
  ["self.all(x, self.exists_one(y, x == y))", 2],
  ["self.all(x, self.all(y, self.all(z, x == z)))", 3],
  // What goes into the elements of the outer list goes once through all there is.
  ["self.all(x, x.members.all(m, m.names.exists(n, n == '')))", 1],
  ["self.all(x, x[0].all(m, self.all(y, y == m)))", 2],
  ["self.filter(x, self.all(y, y == x)).map(x, x)", 2],
  ["cel.bind(v, self, v.all(x, v.all(y, x == y)))", 2],
];

describe("how comprehensions are nested", () => {
  const environment = new (library().Environment)({ unlistedVariablesAreDyn: true });
  test.each(nestings)("%s: %i", (expression, nesting) => {
    expect(nestingOf(environment.parse(expression).ast)).toBe(nesting);
  });
});

test("the longest list counts, wherever it is", () => {
  const values = (length: number) => ({ self: new Map([["list", Array(length).fill(1n)]]) });
  expect(isTooCostly(1, values(2_000_000))).toBe(false);
  expect(isTooCostly(2, values(500))).toBe(false);
  expect(isTooCostly(2, values(725))).toBe(true);
  expect(isTooCostly(3, values(60))).toBe(false);
  expect(isTooCostly(3, values(100))).toBe(true);
});

test("an expression that may cost too much is not begun", () => {
  const environment = new CelEnvironment(() => ({ self: "list<int>" }));
  const distinct = environment.compile("self.all(x, self.exists_one(y, x == y))");
  const list = (length: number) => Array.from({ length }, (_, i) => BigInt(i));
  expect(distinct.run({ self: list(100) })).toBe(true);
  expect(() => distinct.run({ self: list(100_000) })).toThrow(
    new CelError("operation cancelled: actual cost limit exceeded"),
  );
});

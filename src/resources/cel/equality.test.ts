import { expect, test } from "vitest";
import { CelEnvironment } from "./expression.ts";

const environment = new CelEnvironment(() => ({}));

test.each<[expression: string, result: unknown]>([
  ["[{'a': 1}, {'a': 2}, {'a': 1}].distinct().size()", 2n],
  ["[{'a': 1}, {'a': 2}].indexOf({'a': 2})", 1n],
  ["[{'a': 1}, {'a': 1, 'b': 2}].lastIndexOf({'a': 1})", 0n],
  ["[[1], [2]].indexOf([2])", 1n],
  ["sets.contains([{'a': 1}], [{'a': 2}])", false],
  ["sets.contains([{'a': 1}, {'a': 2}], [{'a': 2}])", true],
  ["sets.intersects([duration('1s')], [duration('2s')])", false],
  ["sets.intersects([duration('60s')], [duration('1m')])", true],
  ["sets.contains([timestamp('2024-01-01T00:00:00Z')], [timestamp('2025-01-01T00:00:00Z')])", false],
  ["[quantity('1'), quantity('2')].indexOf(quantity('2'))", 1n],
  ["sets.contains([b'a'], [b'b'])", false],
])("functions compare as the operator does: %s", (expression, result) => {
  const compiled = environment.compile(expression);
  expect(compiled.fault).toBeUndefined();
  expect(compiled.run({})).toBe(result);
});

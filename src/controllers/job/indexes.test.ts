import fc from "fast-check";
import { expect, test } from "vitest";
import { Indexes } from "./indexes.ts";

test.each([
  ["", undefined, "", 0],
  ["1,3-5,7", undefined, "1,3-5,7", 5],
  ["7,3,4,5,1", undefined, "1,3-5,7", 5],
  ["0,1", undefined, "0,1", 2],
  ["1,3-5,7,x", 6, "1,3-5", 4],
  ["5-3,4-,-2", undefined, "", 0],
  ["0-999999999", undefined, "0-999999999", 1e9],
])("%j below %s is %j", (text, limit, written, size) => {
  const indexes = Indexes.parse(text, limit);
  expect([String(indexes), indexes.size]).toEqual([written, size]);
});

test("they are what a set of numbers would be", () => {
  const some = fc.array(fc.nat(30));
  const of = (numbers: readonly number[]) => Indexes.parse("").with(numbers);
  const sorted = (numbers: Iterable<number>) => [...new Set(numbers)].sort((one, other) => one - other);
  const numbersIn = (indexes: Indexes) => Array.from({ length: 40 }, (_, i) => i).filter(i => indexes.has(i));
  fc.assert(
    fc.property(some, some, fc.nat(35), (one, other, from) => {
      const [a, b] = [of(one), of(other)];
      expect(numbersIn(a)).toEqual(sorted(one));
      expect(a.size).toBe(new Set(one).size);
      expect(String(Indexes.parse(String(a)))).toBe(String(a));
      expect(numbersIn(a.and(b))).toEqual(sorted([...one, ...other]));
      expect(numbersIn(a.without(b))).toEqual(sorted(one.filter(i => !other.includes(i))));
      const missing = a.firstMissing(from);
      expect(a.has(missing)).toBe(false);
      for (let i = from; i < missing; i++) expect(a.has(i)).toBe(true);
    }),
  );
});

import { expect, test } from "vitest";
import { seconds, shutdownPeriod, wholeOrNone } from "./option-values.ts";

test.each([
  ["90", 90],
  ["90s", 90],
  ["1m30s", 90],
  ["1.5h", 5_400],
  ["500ms", 0.5],
  ["0", 0],
])("%s is a duration", (text, wanted) => {
  expect(seconds(text)).toBe(wanted);
});

test.each(["", "s", "-1", "5 minutes", "1d"])("%j is none", text => {
  expect(() => seconds(text)).toThrow("seconds, or a duration such as 90s or 1m30s, are wanted");
});

test("a grace period of -1 stands for none", () => {
  expect(wholeOrNone("-1")).toBe(-1);
  expect(wholeOrNone("0")).toBe(0);
  expect(() => wholeOrNone("-2")).toThrow("whole number");
});

test("how long pods of a priority have when their node shuts down", () => {
  const usual = { priority: 0, shutdownGracePeriodSeconds: 20 };
  expect(shutdownPeriod("0=20s", [])).toEqual([usual]);
  const critical = { priority: 2_000_000_000, shutdownGracePeriodSeconds: 90 };
  expect(shutdownPeriod("2000000000=1m30s", [usual])).toEqual([usual, critical]);
  expect(shutdownPeriod("-10=5", [])).toEqual([{ priority: -10, shutdownGracePeriodSeconds: 5 }]);
  for (const wrong of ["20s", "high=20s", "0=", "0=soon"]) expect(() => shutdownPeriod(wrong, [])).toThrow();
});
